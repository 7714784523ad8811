#!/bin/sh
# Power cuts under the store: a child commits to ext4 on a loop device, with settling and backups all the time behind it;
# the file system is shut down at a random instant without flushing its own journal, mounted again, and the whole
# content is compared.
#
#   tests/power-cut.sh [CUTS]        40 cuts if not said otherwise
#
# Needs root, loop devices and mkfs.ext4. Where one is missing it says so aloud, counts nothing as passed and ends
# with 0. The drive's own cache is not simulated, so real cuts can only be worse.
set -eu
cd "$(dirname "$0")/.."
cuts=${1:-40}

not_run() {
    echo "power-cut: NOT RUN: $1. 0 cuts; 0 passed, 0 failed"
    exit 0
}

[ "$(id -u)" = 0 ] || not_run "it needs root"
for tool in mkfs.ext4 losetup mount python3; do
    command -v "$tool" >/dev/null || not_run "it needs $tool"
done
losetup --find >/dev/null 2>&1 || not_run "it needs a free loop device"

binary=$(cargo test --locked --test it --no-run --message-format=json |
    python3 -c 'import json, sys
for line in sys.stdin:
    built = json.loads(line)
    if built.get("executable") and built["target"]["name"] == "it":
        print(built["executable"])')
exec python3 tests/power_cut.py "$binary" "$cuts"
