#!/usr/bin/env bash
# Installs Next for the test that builds a page with it. It is 340 MB, as much as all
# that the repository installs; and it must lie outside of the repository, whose own
# folder it would take for the page's.
set -euo pipefail
cd "$(dirname "$0")"
home="${HOLDFAST_NEXT:-${XDG_CACHE_HOME:-$HOME/.cache}/holdfast/next_page}"
mkdir -p "$home"
cp package.json package-lock.json "$home"
npm ci --prefix "$home" --no-audit --no-fund
