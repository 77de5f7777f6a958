#!/usr/bin/env bash
# Lock requirements/*.in into hash-pinned requirements/*.txt, without any index line or address.
# Versions already locked stay; UPGRADE=1 takes the newest, `ONLY=name` upgrades one package.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v uv >/dev/null; then
    echo "make lock needs uv: python3.11 -m pip install uv" >&2
    exit 1
fi

arguments=(--universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --quiet)
if [[ "${UPGRADE:-}" == 1 ]]; then arguments+=(--upgrade); fi
if [[ -n "${ONLY:-}" ]]; then arguments+=(--upgrade-package "$ONLY"); fi

lock() {
    local name=$1
    shift
    uv pip compile "${arguments[@]}" "requirements/$name.in" "$@" -o "requirements/$name.txt"
    echo "locked requirements/$name.txt"
}

# The runtime first; every other file follows its versions, so that all of them fit one environment.
lock base
lock dev -c requirements/base.txt
lock cluster -c requirements/dev.txt
lock build -c requirements/dev.txt
lock docs -c requirements/dev.txt
