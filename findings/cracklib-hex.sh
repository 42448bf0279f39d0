#!/usr/bin/env bash
# cracklib calls a quarter of all random 256-bit secrets in hexadecimal "too simplistic/systematic".
#
# It counts how often a character is followed by its neighbour (ab, 21) or by itself, and refuses a text where that is
# more than a share of its length. Of 16 digits two in 16 are neighbours by chance, in 64 characters often enough. Base64
# of the same bytes is refused once in some hundreds.
# Who is hurt: rotations onto MariaDB's cracklib_password_check or a pam_cracklib, which fail now and then, for a secret
# that nobody can guess. Instead: another alphabet than hexadecimal there, or try again with a new value.
# Needs Debian's cracklib-runtime and openssl.
set -euo pipefail

check=$(PATH=$PATH:/usr/sbin command -v cracklib-check)
dpkg-query -W -f '${Package} ${Version}\n' cracklib-runtime

refused() { # of 2000 secrets of 32 random bytes, written by the command that is given
    for _ in {1..2000}; do openssl rand "$1" 32 | tr -d '\n'; echo; done | "$check" | grep -c 'too simplistic' || true
}
hex=$(refused -hex)
base64=$(refused -base64)
echo "hex: $hex of 2000 refused; base64: $base64 of 2000"

((hex > 350 && hex < 650 && base64 < 40))
