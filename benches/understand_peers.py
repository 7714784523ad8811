"""What public parsers make of the labelled times, given the bare span of each and judged leniently, beside `genjin`
given the whole sentence and judged strictly.

    python3 -m venv VENV && VENV/bin/pip install jionlp recognizers-text-suite "emoji<2" grapheme \
        multipledispatch regex datedelta
    VENV/bin/python benches/understand_peers.py [path of genjin]

Lenient: a peer's point need only begin, a bound only end (or begin) where the label does; parts of days count by their
day alone; of several readings of one peer any may fit. A peer that finds nothing in a span, or fails, misses it.
"""

import datetime
import json
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SETS = ROOT / "tests/it/fixtures/language"
SHAPE = ("kind", "at", "date", "start", "end", "window", "relation", "iso", "seconds", "span")
UNITS = {"year": 365 * 86400, "month": 30 * 86400, "day": 86400, "hour": 3600, "minute": 60, "second": 1}


def cases(name):
    lines = (SETS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def minute(stamp):
    return stamp.replace("T", " ")[:16]


def same_point(label, begins):
    """Whether a peer's text of a moment says the label's day, or its minute where the label has one."""
    return minute(begins) == minute(label) if "T" in label else begins[:10] == label


def fits(label, begins, ends):
    kind = label["kind"]
    if kind == "instant":
        return begins and same_point(label["at"], begins)
    if kind == "date":
        return begins and begins[:10] == label["date"]
    if label["start"] is None:
        return ends and same_point(label["end"], ends)
    if label["end"] is None:
        return begins and same_point(label["start"], begins)
    return begins and ends and same_point(label["start"], begins) and same_point(label["end"], ends)


def jionlp():
    import jionlp

    def reads(span, label, now):
        base = {unit: getattr(now, unit) for unit in ("year", "month", "day", "hour", "minute", "second")}
        read = jionlp.parse_time(span, time_base=base)
        if read["type"] == "time_delta":
            length = read["time"]
            seconds = sum(UNITS[unit] * count for unit, count in length.items()) if isinstance(length, dict) else 0
            return label["kind"] == "duration" and seconds == label["seconds"]
        return label["kind"] != "duration" and fits(label, *read["time"])

    return reads


def recognizers():
    from recognizers_date_time import recognize_datetime
    from recognizers_text import Culture

    def reads(span, label, now):
        for found in recognize_datetime(span, Culture.Chinese, reference=now.replace(tzinfo=None)):
            for value in (found.resolution or {}).get("values", []):
                if value["type"] == "duration":
                    if label["kind"] == "duration" and float(value["value"]) == label["seconds"]:
                        return True
                    continue
                begins, ends = value.get("start", value.get("value")), value.get("end", value.get("value"))
                if label["kind"] != "duration" and fits(label, begins, ends):
                    return True
        return False

    return reads


def peer(name, load, items):
    reads = load()
    met, began = 0, time.perf_counter()
    for case in items:
        now = datetime.datetime.fromisoformat(case["now"])
        for label in case["times"]:
            try:
                met += bool(reads(label["text"], label, now))
            except Exception:  # noqa: BLE001: a peer that fails on a span misses it
                pass
    return met, (time.perf_counter() - began) / max(1, sum(len(case["times"]) for case in items))


def genjin(path, items):
    lines = "".join(json.dumps({key: case[key] for key in ("id", "text", "now")}) + "\n" for case in items)
    with tempfile.TemporaryDirectory() as data:
        began = time.perf_counter()
        done = subprocess.run([path, "understand", "--data", data], input=lines, text=True, capture_output=True, cwd=ROOT)
    each = (time.perf_counter() - began) / len(items)
    met = 0
    for case, line in zip(items, done.stdout.splitlines(), strict=True):
        found = [{key: got[key] for key in SHAPE if key in got} for got in json.loads(line)["times"]]
        met += sum({key: label[key] for key in SHAPE if key in label} in found for label in case["times"])
    return met, each


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "target/debug/genjin")
    for name in ("times-dev", "times-unseen"):
        items = cases(name)
        labels = sum(len(case["times"]) for case in items)
        rows = [("genjin, whole sentence, strict", lambda: genjin(path, items))]
        for title, load in (("jionlp, bare span, lenient", jionlp), ("recognizers, bare span, lenient", recognizers)):
            rows.append((title, lambda title=title, load=load: peer(title, load, items)))
        for title, run in rows:
            try:
                met, each = run()
            except ImportError as missing:
                print(f"{name:13} {title:34} not installed ({missing.name})")
                continue
            print(f"{name:13} {title:34} {met:3} of {labels}  {met / labels:6.1%}  {each * 1e6:9.0f} µs each")


if __name__ == "__main__":
    main()
