"""Cuts the power under the journal's writer; started by power-cut.sh as: power_cut.py TEST_BINARY CUTS."""

import fcntl
import os
import random
import struct
import subprocess
import sys
import tempfile
import time

# linux/ext4: shut the file system down at once; 2 = without flushing its journal.
EXT4_IOC_SHUTDOWN = 0x8004587D
NOLOGFLUSH = 2
CUTS_A_DEVICE = 5
SEED = 20261124


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def mounts(folder):
    with open("/proc/mounts", encoding="utf-8") as table:
        return any(line.split()[1] == folder for line in table)


def fresh_device(image, mount_point):
    if mounts(mount_point):
        run("umount", mount_point)
    with open(image, "wb") as file:
        file.truncate(400 << 20)
    run("mkfs.ext4", "-q", "-F", image)
    run("mount", "-o", "loop", image, mount_point)


def child(binary, name, orders, **pipes):
    command = [binary, f"journal_crash::{name}", "--exact", "--ignored", "--nocapture"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **pipes)
    process.stdin.write(orders)
    process.stdin.close()
    process.stdin = None  # so that communicate() only reads
    return process


def cut(mount_point):
    folder = os.open(mount_point, os.O_RDONLY)
    try:
        fcntl.ioctl(folder, EXT4_IOC_SHUTDOWN, struct.pack("I", NOLOGFLUSH))
    finally:
        os.close(folder)


def one_cut(binary, image, mount_point, acknowledged, after, seconds):
    """Lets the writer run for so long after it said a word, cuts, mounts again. Returns the last commit acknowledged."""
    data = os.path.join(mount_point, "data")
    # A writer on a dead file system fails as it should; its last words are not of interest.
    writer = child(binary, "writer", f"{data}\n", stderr=subprocess.DEVNULL)
    lines = []
    for line in writer.stdout:
        lines.append(line)
        if line.startswith(after):
            break
    time.sleep(seconds)
    cut(mount_point)
    time.sleep(0.03)
    writer.kill()
    lines += writer.stdout.read().splitlines(keepends=True)
    writer.wait()
    acks = [int(line[4:]) for line in lines if line.startswith("ACK ") and line.endswith("\n")]
    run("umount", mount_point)
    run("mount", "-o", "loop", image, mount_point)
    return max([acknowledged, *acks])


def verified(binary, mount_point, acknowledged):
    """The last commit that is there, or None if not everything is."""
    verifier = child(binary, "verifier", f"{mount_point}/data\n{acknowledged}\n", stderr=subprocess.PIPE)
    lines, errors = verifier.communicate()
    for line in lines.splitlines():
        if line.startswith("WHOLE ") and verifier.returncode == 0:
            return int(line[6:])
    print(lines, errors, file=sys.stderr)
    return None


def main():
    binary, cuts = sys.argv[1], int(sys.argv[2])
    chance = random.Random(SEED)
    passed = failed = commits = 0
    with tempfile.TemporaryDirectory() as folder:
        image, mount_point = os.path.join(folder, "image"), os.path.join(folder, "mount")
        os.mkdir(mount_point)
        try:
            known = None
            for number in range(cuts):
                if known is None or number % CUTS_A_DEVICE == 0:
                    fresh_device(image, mount_point)
                    known = 0
                # One cut in four falls into the opening, the others into the commits behind it.
                is_opening = number % 4 == 3
                after, longest = ("OPENING", 0.04) if is_opening else ("ACK ", 0.6)
                acknowledged = one_cut(binary, image, mount_point, known, after, chance.uniform(0, longest))
                commits += acknowledged - known
                known = verified(binary, mount_point, acknowledged)
                passed, failed = passed + (known is not None), failed + (known is None)
        finally:
            if mounts(mount_point):
                run("umount", mount_point)
    print(f"power-cut: {cuts} cuts, {commits} commits acknowledged; {passed} passed, {failed} failed")
    if failed or not commits:
        sys.exit(1)


main()
