#!/usr/bin/env bash
# What `make test` needs from Debian: PostgreSQL, Chromium, LibreOffice Calc and Writer, a CJK font, Java.
# (Running the product needs none of them.) A missing one fails here; no test is skipped for it.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/apt-install.sh postgresql chromium libreoffice-calc-nogui libreoffice-writer-nogui fonts-noto-cjk \
    openjdk-17-jre-headless

for program in chromium soffice java; do
    command -v "$program" >/dev/null || { echo "$program is still missing" >&2; exit 1; }
done
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || { echo "PostgreSQL's initdb is still missing" >&2; exit 1; }
