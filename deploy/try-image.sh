#!/bin/sh
# Carries the Dockerfile out without a Docker engine: each stage is a debootstrap folder, RUN, COPY, USER, ENV, WORKDIR,
# ENTRYPOINT, CMD and HEALTHCHECK are read from the file itself. The container's command is started as the container's
# user on another port than the image's own, and the file's health check must find it there, and miss it once stopped.
#
#   deploy/try-image.sh [FOLDER]     FOLDER keeps the bare system between runs [default: target/image]
#   TRY_IMAGE_KEEP=1                 also what cargo built in there: quick, as with a layer cache
#
# Needs root, debootstrap (installed if apt can), a network, and the Rust that the Dockerfile names. Where one is missing
# it says so aloud, counts nothing as passed and ends with 0.
set -eu
cd "$(dirname "$0")/.."
work=${1:-target/image}

not_run() {
    echo "try-image: NOT RUN: $1. 0 passed, 0 failed"
    exit 0
}

[ "$(id -u)" = 0 ] || not_run "it needs root, for chroot"
for tool in chroot mount python3 rustc; do
    command -v "$tool" >/dev/null || not_run "it needs $tool"
done
if ! command -v debootstrap >/dev/null; then
    command -v apt-get >/dev/null || not_run "it needs debootstrap"
    apt-get update -qq >/dev/null 2>&1 || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap >/dev/null 2>&1 ||
        not_run "debootstrap cannot be installed"
fi
unshare --mount true 2>/dev/null || not_run "it needs the right to mount"

mkdir -p "$work"
work=$(cd "$work" && pwd)
if [ ! -e "$work/base/etc/debian_version" ]; then
    rm -rf "$work/base.new"
    debootstrap --variant=minbase bookworm "$work/base.new" >"$work/debootstrap.log" 2>&1 ||
        not_run "debootstrap reaches no Debian mirror, see $work/debootstrap.log"
    mv "$work/base.new" "$work/base"
fi
# What is mounted in there goes with this process, however it ends.
exec unshare --mount --propagation private python3 deploy/try_image.py "$work"
