#!/usr/bin/env bash
# OpenSSH refuses a private key that has lost its last line feed, and says "error in libcrypto".
#
# The key is complete: PuTTY, paramiko and ssh2 read it. $(...) in a shell, a form, a CI variable and a stack parameter
# take that line feed away. The same key in PKCS #8 is read without it. The message leads to questions about versions of
# OpenSSL.
# Who is hurt: whoever passes a key through a variable. Instead: printf '%s\n' "$key" > file.
# Needs Debian's openssh-client.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ssh -V
ssh-keygen -q -t ed25519 -N '' -C '' -f "$work/whole"
key=$(<"$work/whole")
umask 077
printf '%s' "$key" > "$work/cut"
printf '%s\n' "$key" > "$work/mended"
for name in whole cut mended; do
    printf '%-8s' "$name:"
    { ssh-keygen -y -f "$work/$name" 2>&1 || true; } | sed "s#$work/##" | tee "$work/said-$name"
done

grep -q 'error in libcrypto' "$work/said-cut"
diff "$work/said-whole" "$work/said-mended"
