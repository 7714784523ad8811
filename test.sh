#!/bin/sh
# The whole test suite. The tests of the phones page need a browser and a Chinese font; where they are missing they are
# installed first (Debian and its kin, as root). Arguments go to `cargo test`: `./test.sh journal` runs some of them.
set -eu
cd "$(dirname "$0")"

packages=""
command -v chromium >/dev/null || packages="$packages chromium"
command -v chromedriver >/dev/null || packages="$packages chromium-driver"
ls /usr/share/fonts/opentype/noto/NotoSansCJK* >/dev/null 2>&1 || packages="$packages fonts-noto-cjk"

if [ -n "$packages" ]; then
    if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
        echo "test.sh: the browser tests need:$packages" >&2
        echo "test.sh: install them (Debian: sudo apt-get install$packages), then run ./test.sh again" >&2
        exit 1
    fi
    echo "test.sh: installing$packages"
    apt-get update -qq
    # shellcheck disable=SC2086  # one word a package
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
fi

exec cargo test --locked "$@"
