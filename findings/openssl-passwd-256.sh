#!/usr/bin/env bash
# openssl passwd -stdin hashes the first 256 characters of a longer password, and says nothing of it.
#
# The password as an argument is cut at the same place with a warning on standard error; from standard input, the way
# that keeps it out of the list of processes, without one. The exit status is 0 in both cases. nginx and whatever else
# checks the whole password against the hash then refuses it.
# Who is hurt: whoever hashes long secrets for a htpasswd file; they look wrong. Instead: stay within 256, or use a hash
# of the language at hand.
# Needs openssl.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
openssl version
long=$(printf 'x%.0s' {1..257})
cut=${long:1}

hash() { openssl passwd -6 -salt made-up "$@"; }
hash -stdin <<< "$cut" > "$work/of-256"
hash -stdin <<< "$long" > "$work/of-257" 2> "$work/said"
hash "$long" > "$work/of-argument" 2> "$work/warned"
echo "from standard input, 257 characters: $(cut -c1-30 "$work/of-257")..., and it says: '$(<"$work/said")'"
echo "from standard input, 256 characters: $(cut -c1-30 "$work/of-256")..."
echo "as an argument,      257 characters: $(cut -c1-30 "$work/of-argument")..., and it says: '$(<"$work/warned")'"

cmp "$work/of-256" "$work/of-257"
cmp "$work/of-256" "$work/of-argument"
[[ ! -s $work/said ]]
