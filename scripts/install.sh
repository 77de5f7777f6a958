#!/usr/bin/env bash
# Make .venv and install Jieyue in it: `scripts/install.sh runtime|dev|test|docs`.
# Everything comes hash-pinned from requirements/*.txt. What is already there is left alone: a stamp
# holds the digest of what was installed, so a second run takes a moment.
set -euo pipefail
cd "$(dirname "$0")/.."

what=${1:-runtime}
case "$what" in
    runtime) files=(build base) ;;
    dev) files=(build base dev) ;;
    test) files=(build base dev cluster) ;;
    docs) files=(build base docs) ;;
    *)
        echo "usage: scripts/install.sh runtime|dev|test|docs" >&2
        exit 2
        ;;
esac

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }

is_new_enough() {
    command -v "$1" >/dev/null && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3.11 python3.12 python3.13 python3; do
        if is_new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    echo "Python 3.11 or newer is needed (PYTHON=/path/to/python names one)." >&2
    return 1
}

# Debian keeps `venv` in a package of its own.
make_environment() {
    local python
    python=$(find_python)
    say "making .venv with $("$python" --version)"
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
        scripts/apt-install.sh "$("$python" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')"
    fi
    "$python" -m venv .venv
}

[[ -x .venv/bin/python ]] || make_environment

pinned=()
for name in "${files[@]}"; do pinned+=("requirements/$name.txt"); done
digest=$(cat "${pinned[@]}" pyproject.toml | sha256sum | cut -d' ' -f1)
stamp=.venv/installed-$what
if [[ ! -f $stamp || $(<"$stamp") != "$digest" ]]; then
    say "installing ${pinned[*]}"
    arguments=()
    for file in "${pinned[@]}"; do arguments+=(-r "$file"); done
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes "${arguments[@]}"
    say "installing jieyue"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
    echo "$digest" >"$stamp"
fi
.venv/bin/python scripts/compile_messages.py
