#!/usr/bin/env bash
# Installs what tests/test_pages_in_browser.py needs and this machine lacks: Chromium with its driver, Java, npm, fonts
# (Debian or Ubuntu, as root), and the two npm packages of package.json, pinned by its lock, into .cache/node.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target="$here/../../.cache/node"

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v chromedriver >/dev/null || missing+=(chromium-driver)
command -v java >/dev/null || missing+=(default-jre-headless)
command -v npm >/dev/null || missing+=(nodejs npm)
command -v fc-list >/dev/null && fc-list | grep -q Liberation || missing+=(fontconfig fonts-liberation)
command -v fc-list >/dev/null && fc-list | grep -q DejaVu || missing+=(fonts-dejavu)
if [ ${#missing[@]} -gt 0 ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

mkdir -p "$target"
if ! cmp -s "$here/package-lock.json" "$target/package-lock.json" || [ ! -d "$target/node_modules" ]; then
  cp "$here/package.json" "$here/package-lock.json" "$target/"
  npm ci --prefix "$target" --ignore-scripts --no-audit --no-fund --loglevel=error
fi
