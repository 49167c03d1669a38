#!/bin/sh
# Makes sure of the browser in which the console is tested: Debian's Chromium, installed when it is not there.
# Usage: scripts/browser.sh
set -eu
browser=/usr/bin/chromium

[ ! -x "$browser" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    echo "The tests of the console need Chromium at $browser: install it, then run make again." >&2
    exit 1
fi
as_root() { # a container's user is root and has no sudo
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}
echo "Installing Chromium for the tests of the console ..." >&2
as_root apt-get update -qq >&2
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >&2
[ -x "$browser" ]
