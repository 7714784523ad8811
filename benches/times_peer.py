"""Times and amounts of the labelled sets, read by `genjin understand`, by PyPI `jionlp` and by PyPI
`recognizers-text-suite`, in one run: how many labels each meets, and how long it takes.

The peers are asked for less. `jionlp` is given each label's own words (it finds none in a sentence), the recognizers the
whole sentence; a span counts wherever they put it, a part of a day if the day is right, a deadline if one end is, and of
alternatives the first is enough. `genjin understand` must meet value, kind, relation and span.

    python3 -m venv VENV && VENV/bin/pip install jionlp recognizers-text-suite 'emoji<2'
    VENV/bin/python benches/times_peer.py [path of genjin]
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
PARTS = ("kind", "at", "date", "start", "end", "window", "relation", "seconds", "value", "min", "max", "currency", "span")


def cases(name):
    return [json.loads(line) for line in (SETS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def wall(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=None)


def ends(label):
    """First and last moment of a label; None where it is open."""
    day = lambda text: datetime.datetime.fromisoformat(text)
    last = lambda text: day(text) + datetime.timedelta(days=1, seconds=-1)
    either = lambda text, end: None if text is None else wall(text) if "T" in text else end(text)
    if label["kind"] == "instant":
        return wall(label["at"]), wall(label["at"])
    if label["kind"] == "date" and "window" in label:
        hours = [int(hour[:2]) * 60 + int(hour[3:]) for hour in label["window"]]
        return tuple(day(label["date"]) + datetime.timedelta(minutes=minutes) for minutes in hours)
    if label["kind"] == "date":
        return day(label["date"]), last(label["date"])
    return either(label["start"], day), either(label["end"], last)


def meets(label, found):
    """Whether `found`, a (start, end) or a number of seconds, says what the label says."""
    if label["kind"] == "duration":
        return isinstance(found, (int, float)) and abs(found - label["seconds"]) < 1
    if not isinstance(found, tuple):
        return False
    start, end = ends(label)
    near = lambda one, other: one is not None and other is not None and abs((one - other).total_seconds()) < 61
    if label["kind"] == "instant":
        return near(start, found[0])
    if "window" in label:
        # When an afternoon begins is a convention: the day is enough.
        return found[0] is not None and found[0].date() == start.date()
    if start is None or end is None:
        return any(near(known, either) for known in (start, end) for either in found)
    return near(start, found[0]) and near(end, found[1])


def jionlp_times(case, label):
    import jionlp

    base = time.mktime(wall(case["now"]).timetuple())
    try:
        read = jionlp.parse_time(label["text"], time_base=base)
    except Exception:  # it raises on what it cannot read
        return None
    if read["type"] == "time_delta":
        units = {"year": 31536000, "month": 2592000, "day": 86400, "workday": 86400, "hour": 3600, "minute": 60, "second": 1}
        return sum(units[unit] * (n[0] if isinstance(n, list) else n) for unit, n in read["time"].items())
    if not isinstance(read["time"], list):
        return None
    point = lambda text: None if "inf" in text else datetime.datetime.fromisoformat(text)
    try:
        return tuple(point(text) for text in read["time"])
    except ValueError:
        return None


def recognized(case):
    from recognizers_date_time import recognize_datetime

    found = []
    for result in recognize_datetime(case["text"], "zh-cn", reference=wall(case["now"])):
        for value in (result.resolution or {}).get("values", []):
            moment = lambda text: datetime.datetime.fromisoformat(text.strip())
            try:
                if value["type"] == "duration":
                    found.append(float(value["value"]))
                elif "value" in value:
                    start = moment(value["value"])
                    whole = value["type"] == "date"
                    found.append((start, start + datetime.timedelta(days=1, seconds=-1) if whole else start))
                else:
                    start, end = (moment(value[key]) if key in value else None for key in ("start", "end"))
                    # Their ends are exclusive.
                    found.append((start, end and end - datetime.timedelta(seconds=1)))
            except (KeyError, ValueError):
                continue
    return found


def jionlp_amounts(case, label):
    import jionlp

    try:
        read = jionlp.parse_money(label["text"])["num"]
        return [float(each) for each in (read if isinstance(read, list) else [read])]
    except Exception:
        return []


def recognized_amounts(case):
    from recognizers_number_with_unit import recognize_currency

    values = (result.resolution for result in recognize_currency(case["text"], "zh-cn"))
    return [float(value["value"]) for value in values if value and value.get("value")]


def ours(binary, sets):
    """What genjin reads of every case, and how long all of it takes."""
    lines = [json.dumps({"id": case["id"], "text": case["text"], "now": case["now"]}) for name in sets for case in sets[name]]
    with tempfile.TemporaryDirectory() as nobody:
        command = [binary, "understand", "--config", str(ROOT / "bot-config"), "--data", nobody]
        begun = time.perf_counter()
        done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=True)
    return {read["id"]: read for read in map(json.loads, done.stdout.splitlines())}, time.perf_counter() - begun


def strict(got, label):
    return all(got.get(part) == label.get(part) for part in PARTS)


def report(name, labels, took, met):
    share = ", ".join(f"{who} {100 * n / labels:.1f}% in {took[who]:.2f} s" for who, n in met.items())
    print(f"{name}: {labels} labels; {share}")


def main():
    binary = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "target/release/genjin")
    sets = {name: cases(name) for name in ("times-dev", "times-unseen", "amounts-dev", "amounts-unseen")}
    read, seconds = ours(binary, sets)
    for name, key in (("times-dev", "times"), ("times-unseen", "times"), ("amounts-dev", "numbers"), ("amounts-unseen", "numbers")):
        labels = [(case, label) for case in sets[name] for label in case[key]]
        if key == "numbers":
            labels = [(case, label) for case, label in labels if label["kind"] == "amount"]
        met, took = {}, {"genjin": seconds * len(sets[name]) / sum(map(len, sets.values()))}
        met["genjin"] = sum(any(strict(got, label) for got in read[case["id"]][key]) for case, label in labels)
        alone, whole = (jionlp_times, recognized) if key == "times" else (jionlp_amounts, recognized_amounts)
        right = meets if key == "times" else lambda label, found: found in (label.get("value"), label.get("min"))
        begun = time.perf_counter()
        answers = [(label, alone(case, label)) for case, label in labels]
        took["jionlp"] = time.perf_counter() - begun
        listed = lambda found: found if isinstance(found, list) else [found]
        met["jionlp"] = sum(any(right(label, one) for one in listed(found)) for label, found in answers)
        begun = time.perf_counter()
        found = {case["id"]: whole(case) for case in sets[name]}
        took["recognizers"] = time.perf_counter() - begun
        met["recognizers"] = sum(any(right(label, one) for one in found[case["id"]]) for case, label in labels)
        report(name, len(labels), took, met)


if __name__ == "__main__":
    main()
