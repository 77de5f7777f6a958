#!/usr/bin/env bash
# Install Debian packages, those only that are missing: `scripts/apt-install.sh PACKAGE…`.
set -euo pipefail

missing=()
for package in "$@"; do
    if [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true) != installed ]]; then
        missing+=("$package")
    fi
done
if [[ ${#missing[@]} -eq 0 ]]; then exit 0; fi

if ! command -v apt-get >/dev/null; then
    echo "Needed and not here: ${missing[*]} (names of Debian packages). Install them, then run this again." >&2
    exit 1
fi
run=()
if [[ $(id -u) -ne 0 ]]; then
    if ! command -v sudo >/dev/null; then
        echo "Run as root: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    run=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
echo "installing with apt-get: ${missing[*]}" >&2
"${run[@]}" apt-get update -qq
"${run[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
