#!/bin/sh
# The long proof of the store, on demand: thousands of kills and power cuts in place of the dozens that every change
# has to survive. Needs root for the cuts (see tests/power-cut.sh).
#
#   benches/durability.sh [KILLS] [CUTS] [REPORT]
#
# 10000 kills and 1000 cuts into target/durability.md if not said otherwise: some hours. The report names what was
# run, on what, for how long, and what came of it; the script ends with 1 if anything was lost.
set -eu
cd "$(dirname "$0")/.."
kills=${1:-10000} cuts=${2:-1000} report=${3:-target/durability.md}

binary=$(cargo test --locked --test it --no-run --message-format=json |
    python3 -c 'import json, sys
for line in sys.stdin:
    built = json.loads(line)
    if built.get("executable") and built["target"]["name"] == "it":
        print(built["executable"])')

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# Runs the rest of the line into a file and says how long it took.
timed() {
    name=$1
    shift
    began=$(date +%s)
    "$@" >"$work/$name" 2>&1 || failed=1
    echo $(($(date +%s) - began)) >"$work/$name.seconds"
    tail -n 3 "$work/$name"
}
many_kills() {
    echo "$kills" | "$binary" journal_crash::many_kills --exact --ignored --nocapture
}

timed kills many_kills
timed cuts tests/power-cut.sh "$cuts"
timed full-disk tests/full-disk.sh

{
    echo "# The store under kills, power cuts and a full disk"
    echo
    echo "$(date -u +%Y-%m-%dT%H:%MZ), commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown), $(uname -sr), $(nproc) cores"
    echo
    echo "| proof | result | seconds |"
    echo "| --- | --- | --- |"
    for name in kills cuts full-disk; do
        result=$(grep -h -E '^(kills|power-cut|full-disk): ' "$work/$name" | tail -n 1)
        echo "| $name | ${result:-FAILED, see below} | $(cat "$work/$name.seconds") |"
    done
    if [ $failed != 0 ]; then
        for name in kills cuts full-disk; do
            printf '\n## %s: its last lines\n\n```\n' "$name"
            tail -n 60 "$work/$name"
            echo '```'
        done
    fi
} >"$report"
cat "$report"
exit $failed
