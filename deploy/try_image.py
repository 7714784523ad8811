"""Carries the Dockerfile out in chroots; see try-image.sh. Only what our Dockerfile uses is known; any other word of it
is an error, so that this never says well of what it did not do."""

import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time

WORK = pathlib.Path(sys.argv[1])
ROOT = pathlib.Path.cwd()
PATH = "/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PORT = 18700
passed = failed = 0


def check(fact, what, why=""):
    global passed, failed
    passed, failed = passed + bool(fact), failed + (not fact)
    print(f"try-image: {'ok' if fact else 'FAILED'}: {what}{'' if fact else ': ' + str(why)}", flush=True)


def instructions():
    """(word, rest) of each instruction, its lines joined."""
    lines, joined = ROOT.joinpath("Dockerfile").read_text().splitlines(), ""
    for line in lines:
        if line.lstrip().startswith("#"):
            continue
        joined += line
        if joined.endswith("\\"):
            joined = joined[:-1]
        elif joined.strip():
            word, _, rest = joined.strip().partition(" ")
            yield word.upper(), rest.strip()
            joined = ""


def sent():
    """What .dockerignore lets through."""
    lines = ROOT.joinpath(".dockerignore").read_text().splitlines()
    return {line[1:].strip("/") for line in lines if line.startswith("!")}


class Stage:
    def __init__(self, image, name):
        self.image, self.name, self.root = image, name, WORK / f"stage-{name}"
        self.env, self.user, self.dir = {"PATH": PATH}, "root", "/"
        self.entry, self.cmd, self.health, self.volumes = [], [], None, []
        # As a layer cache would: cargo sees for itself what of it is still right.
        kept, target = WORK / "kept-target", self.root / "build/target"
        if name == "build" and os.environ.get("TRY_IMAGE_KEEP") and target.is_dir():
            shutil.rmtree(kept, ignore_errors=True)
            target.rename(kept)
        shutil.rmtree(self.root, ignore_errors=True)
        subprocess.run(["cp", "-a", WORK / "base", self.root], check=True)
        if name == "build" and kept.is_dir():
            target.parent.mkdir()
            kept.rename(target)
        for what in ["proc", "dev"]:
            subprocess.run(["mount", "--rbind", f"/{what}", self.root / what], check=True)
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        if image.startswith("rust:"):
            self.lay_rust(image)
        elif not image.startswith("debian:bookworm"):
            sys.exit(f"try-image: the Dockerfile begins with {image}, which this script cannot make")

    def lay_rust(self, image):
        """What the official image adds to Debian: a linker, libc's headers, and the toolchain of that version."""
        version = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
        wanted = image.removeprefix("rust:").split("-")[0]
        if not version.startswith(wanted + "."):
            print(f"try-image: NOT RUN: this machine has Rust {version}, {image} has {wanted}. 0 passed, 0 failed")
            sys.exit(0)
        self.run("apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates gcc libc6-dev")
        sysroot = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True).stdout.strip()
        toolchain, home = self.root / "usr/local/rustup", self.root / "usr/local/cargo"
        toolchain.mkdir(parents=True)
        subprocess.run(["mount", "--bind", "-o", "ro", sysroot, toolchain], check=True)
        (home / "bin").mkdir(parents=True)
        for tool in ["cargo", "rustc"]:
            (home / "bin" / tool).symlink_to(f"/usr/local/rustup/bin/{tool}")
        # The crates that this machine has fetched already.
        own = pathlib.Path(os.environ.get("CARGO_HOME", pathlib.Path.home() / ".cargo")) / "registry"
        if own.is_dir():
            (home / "registry").mkdir()
            subprocess.run(["mount", "--bind", own, home / "registry"], check=True)
        self.env["CARGO_HOME"] = "/usr/local/cargo"

    def command(self, argv, env=None):
        inside = f"cd {shlex.quote(self.dir)} && exec " + shlex.join(argv)
        chroot = ["chroot", f"--userspec={self.user}", self.root, "/bin/sh", "-c", inside]
        home = "/data" if self.user != "root" else "/root"
        return {"args": chroot, "env": {"HOME": home, "DEBIAN_FRONTEND": "noninteractive", **self.env, **(env or {})}}

    def run(self, script):
        print(f"try-image: {self.name}: RUN {' '.join(script.split())[:90]}", flush=True)
        began = time.monotonic()
        done = subprocess.run(**self.command(["/bin/sh", "-c", script]), capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"try-image: FAILED: RUN ended with {done.returncode}\n{(done.stdout + done.stderr)[-3000:]}")
        print(f"try-image: {self.name}: {time.monotonic() - began:.0f} s", flush=True)

    def within(self, path):
        return self.root / os.path.join(self.dir, path).lstrip("/")

    def copy(self, rest, stages):
        words = shlex.split(rest)
        source = ROOT
        if words[0].startswith("--from="):
            source = stages[words.pop(0).removeprefix("--from=")].root
        *names, place = words
        target = self.within(place)
        for name in names:
            if source == ROOT and not any(name == let or name.startswith(let + "/") for let in sent()):
                sys.exit(f"try-image: FAILED: COPY {name}: .dockerignore does not let it through")
            what, to = source / name.lstrip("/"), target
            if place.endswith("/") or len(names) > 1:
                to = target / what.name
            to.parent.mkdir(parents=True, exist_ok=True)
            if what.is_dir():
                # What git does not know (secrets) is not sent from a clean clone either.
                ignored = shutil.ignore_patterns("secrets") if source == ROOT else None
                shutil.copytree(what, to, dirs_exist_ok=True, ignore=ignored)
            else:
                shutil.copy2(what, to)


def built():
    stages, stage = {}, None
    for word, rest in instructions():
        if word == "FROM":
            image, _, name = rest.partition(" AS ")
            stage = Stage(image, name or "image")
            stages[stage.name] = stage
        elif word == "RUN":
            stage.run(rest)
        elif word == "COPY":
            stage.copy(rest, stages)
        elif word == "WORKDIR":
            stage.dir = os.path.join(stage.dir, rest)
            stage.within(".").mkdir(parents=True, exist_ok=True)
        elif word == "ENV":
            stage.env.update(pair.split("=", 1) for pair in shlex.split(rest))
        elif word == "USER":
            stage.user = rest
        elif word == "VOLUME":
            stage.volumes.append(rest)
        elif word == "EXPOSE":
            stage.exposed = rest
        elif word == "ENTRYPOINT":
            stage.entry = json.loads(rest)
        elif word == "CMD":
            stage.cmd = json.loads(rest)
        elif word == "HEALTHCHECK":
            stage.health = json.loads(re.search(r"CMD\s+(\[.*\])", rest, re.S).group(1))
        else:
            sys.exit(f"try-image: FAILED: the Dockerfile says {word}, which this script does not know")
    return stage


def healthy(image):
    return subprocess.run(**image.command(image.health), capture_output=True, text=True)


def served(image, env):
    """Starts the container's command and waits until its health check passes, or it ends."""
    log = open(WORK / "served.log", "w")
    process = subprocess.Popen(**image.command(image.entry + image.cmd, env), stdout=log, stderr=subprocess.STDOUT)
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None and healthy(image).returncode:
        time.sleep(0.5)
    return process


def main():
    image = built()
    who = subprocess.run(**image.command(["id", "-u"]), capture_output=True, text=True).stdout.strip()
    check(who not in ("", "0"), f"it runs as user {who}, not as root", who)
    version = subprocess.run(**image.command(image.entry + ["--version"]), capture_output=True, text=True)
    check(version.returncode == 0, f"{version.stdout.strip()} starts in the image", version.stderr)
    check(healthy(image).returncode != 0, "the health check fails while nothing runs")

    # The secrets' names are those of the config; the values are nobody's.
    names = set(re.findall(r'"\$\{(\w+)\}"', (ROOT / "bot-config/apps.toml").read_text()))
    env = {name: "nobody" for name in names}
    env |= {name: "a" * 43 for name in names if "AES" in name}
    for listen in [image.env["GENJIN_LISTEN"], f"0.0.0.0:{PORT}"]:
        process = served(image, {**env, "GENJIN_LISTEN": listen})
        found = healthy(image)
        check(found.returncode == 0, f"listening on {listen} it is found healthy",
              found.stderr + (WORK / "served.log").read_text()[-2000:])
        check(f":{listen.rsplit(':')[-1]}" in found.stdout, "and on that port", found.stdout)
        process.send_signal(signal.SIGTERM)
        try:
            check(process.wait(30) == 0, "it stops cleanly when told", process.returncode)
        except subprocess.TimeoutExpired:
            process.kill()
            check(False, "it stops cleanly when told", "it did not within 30 seconds")
    check(healthy(image).returncode != 0, "the health check fails once it is stopped")
    wrote = subprocess.run(
        **image.command(["sh", "-c", "touch /etc/genjin/bot-config/x || touch /usr/local/bin/x"]), capture_output=True)
    check(wrote.returncode != 0, "its user cannot write outside its volume")
    size = (image.root / "usr/local/bin/genjin").stat().st_size
    print(f"try-image: the binary has {size / 1e6:.1f} MB; {passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
