#!/usr/bin/env bash
# cracklib calls a quarter of all random 256-bit secrets in hexadecimal "too simplistic/systematic".
#
# Seen with 2.9.6 and its own small word list: of 2000 secrets of 32 random bytes, some 500 in hexadecimal are refused, and a
# handful in base64, which holds the same bytes.
# Who is hurt: rotations onto MariaDB's cracklib_password_check or a pam_cracklib, which fail now and then, for a secret
# that nobody can guess. Instead: another alphabet than hexadecimal there, or try again with a new value.
# Needs apt-get of Debian 12, dpkg and openssl.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q cracklib-runtime=2.9.6-5+b1 libcrack2=2.9.6-5+b1 2>/dev/null
for package in ./*.deb; do dpkg -x "$package" .; done
export LD_LIBRARY_PATH=$folder/usr/lib/$(uname -m)-linux-gnu
usr/sbin/cracklib-format usr/share/dict/cracklib-small | usr/sbin/cracklib-packer dictionary >/dev/null

refused() { # of 2000 secrets of 32 random bytes, written as the option of openssl says
    for _ in {1..2000}; do openssl rand "$1" 32 | tr -d '\n'; echo; done |
        usr/sbin/cracklib-check "$folder/dictionary" | grep -c 'too simplistic' || true
}
hex=$(refused -hex)
base64=$(refused -base64)
echo "cracklib 2.9.6: hex: $hex of 2000 refused; base64: $base64 of 2000"

((hex > 350 && hex < 650 && base64 < 40))
