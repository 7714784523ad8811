#!/bin/sh
# A real full disk under the store, and a read-only one: a small file system in memory is filled by commits, emptied a
# little, filled again; each time all that was acknowledged must be there and the store must go on.
#
# Needs root and tmpfs. Where one is missing it says so aloud, counts nothing as passed and ends with 0.
set -eu
cd "$(dirname "$0")/.."

not_run() {
    echo "full-disk: NOT RUN: $1. 0 passed, 0 failed"
    exit 0
}

[ "$(id -u)" = 0 ] || not_run "it needs root"
for tool in mount umount python3; do
    command -v "$tool" >/dev/null || not_run "it needs $tool"
done
disk=$(mktemp -d)
mount -t tmpfs -o size=28m genjin-full-disk "$disk" 2>/dev/null || {
    rmdir "$disk"
    not_run "it needs the right to mount"
}
trap 'umount "$disk"; rmdir "$disk"' EXIT

binary=$(cargo test --locked --test it --no-run --message-format=json |
    python3 -c 'import json, sys
for line in sys.stdin:
    built = json.loads(line)
    if built.get("executable") and built["target"]["name"] == "it":
        print(built["executable"])')

passed=0 failed=0
child() {
    if told=$(echo "$disk" | "$binary" "full_disk::$1" --exact --ignored 2>&1); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$told"
    fi
}
child on_a_small_disk
mount -o remount,ro "$disk"
child on_a_read_only_disk
mount -o remount,rw "$disk"
echo "full-disk: a full and a read-only disk; $passed passed, $failed failed"
[ $failed = 0 ]
