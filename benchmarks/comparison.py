"""Methods on suites: one run is one split, one method, one seed, and one record.

Records are lines of `results/runs/SUITE.jsonl`, each appended when its run has ended. With
`--resume`, what has a record with the same settings is not done again, whatever the commit; a
training that was interrupted goes on from its checkpoint.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import itertools
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks import methods, records
from benchmarks._learning import cpu_seconds, share
from benchmarks._runs import INTERRUPTED, Row, Run, each, numbers, say
from benchmarks.methods import Predictor
from benchmarks.suites import NAMES, get_suite, level_name
from benchmarks.suites.arc import Question
from nsr.errors import InputError
from nsr.values import Undefined

CHECKED: Final = 2000
"""At most so many training pairs are asked for again, drawn at random."""
WARM: Final = 200
"""Training and validation pairs of a run that is not measured."""
WRONG: Final = 3
LONGEST: Final = 700
"""Wrong answers in a record, and the letters shown of each text."""

KEY: Final = ("suite", "split", "method", "seed", "settings", "origin")
"""What makes two runs the same; the last is that of the data, see `Data`."""


def run(suite: str, arguments: Sequence[str]) -> None:
    """The command: do the runs asked for.

    Raises:
        UnknownNameError: for a split or method that does not exist.
        InputError: for data that are missing, or a method that is not made for the suite.
        SystemExit: with code 130 if it was interrupted.
    """
    options = _options(suite, arguments)
    runs = planned(suite, options)
    path = file_of(suite, options.results)
    done = {key(record) for record in read(path)} if options.resume else set()
    todo = [i for i, one in enumerate(runs) if key(one) not in done]
    say(f"{suite}: {len(todo)} of {len(runs)} runs to do")
    where = records.circumstances()
    faults = 0
    # A few pairs compile the kernels of the engine, which are then kept on disk; not measured.
    warm = {runs[i]["method"]: i for i in todo if runs[i]["method"].startswith("nsr-")}
    try:
        for i in warm.values():
            list(each(__name__, [{**runs[i], "warm": True}], [0], 1))
        with contextlib.closing(each(__name__, runs, todo, options.jobs)) as rows:
            for number, (i, row) in enumerate(rows, 1):
                text = f"{number}/{len(todo)} {row['split']} {row['method']} seed {row['seed']}"
                if "error" in row:
                    faults += 1
                    say(f"{text}: {row['error']}")
                    continue
                append(path, finished(runs[i], row, where))
                checkpoint_of(runs[i]).unlink(missing_ok=True)
                say(f"{text}: {row['exact']:.4f} exact, {row['cpu_seconds']} CPU-s")
    except KeyboardInterrupt:
        say("interrupted; finished runs have their records, go on with --resume")
        raise SystemExit(INTERRUPTED) from None
    if faults:
        raise InputError(f"{faults} of {len(todo)} runs failed")


def _options(suite: str, arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks run {suite}")
    add = parser.add_argument
    add("--split", action="append", help="only this split; may be repeated")
    add("--method", action="append", required=True, help="see `list`; may be repeated")
    add("--seeds", type=numbers, default="0", help="default: 0")
    add("--budget", type=float, help="CPU seconds that a fit may take")
    add("--steps", type=int, help="of gradient descent, instead of those set for the suite")
    add("--jobs", type=int, default=1, help="runs at the same time")
    add("--resume", action="store_true", help="leave out runs that have a record")
    add("--results", type=Path, default=records.RESULTS, help="folder of records")
    options = parser.parse_args(arguments)
    for name in ("budget", "steps", "jobs"):
        value = getattr(options, name)
        if value is not None and not value > 0:
            parser.error(f"--{name}: expected more than 0")
    return options


def planned(suite: str, options: argparse.Namespace) -> list[Run]:
    """Every split with every method and seed; seeds in the outer loop, so that each is complete.

    The data are read, as only they tell where they are from.

    Raises:
        UnknownNameError, InputError: see `run`.
    """
    source = get_suite(suite)
    splits = options.split or list(source.compared)
    # What is missing is said once and at once.
    origins = {split: source.load(split).origin for split in dict.fromkeys(splits)}
    runs = []
    for seed, split, name in itertools.product(options.seeds, splits, options.method):
        asked = {"seed": seed, "budget": options.budget, "steps": options.steps}
        method = methods.make(name, suite, **asked)
        runs.append(
            {
                "suite": suite,
                "split": split,
                "method": name,
                **asked,
                "settings": method.settings,
                "origin": origins[split],
                "checkpoints": str(options.results.resolve() / ".checkpoints"),
            }
        )
    return runs


# -- one run, in a process of its own --------------------------------------------------------------
def work(run: Run) -> Row:
    """Fit, test, and what there is to say of both."""
    suite = get_suite(run["suite"])
    data = suite.load(run["split"], seed=run["seed"])
    if run.get("warm"):
        few = {name: pairs[:1] for name, pairs in data.tests.items()}
        data = replace(data, train=data.train[:WARM], validation=data.validation[:WARM], tests=few)
    method = methods.make(
        run["method"],
        run["suite"],
        seed=run["seed"],
        budget=run["budget"],
        steps=run["steps"],
        checkpoint=checkpoint_of(run),
    )
    cpu, wall = cpu_seconds(), time.monotonic()
    predictor = method.fit(data.train, data.validation)
    row: Row = {
        "origin": data.origin,
        "train_lines": len(data.train),
        "train": len(dict.fromkeys(_hashable(pair) for pair in data.train)),
        "validation": len(data.validation),
        "cpu_seconds": round(cpu_seconds() - cpu, 3),
        "wall_seconds": round(time.monotonic() - wall, 3),
        **predictor.facts,
        "given": list(method.given),
    }
    if data.train:
        rng = np.random.default_rng(0)
        some = [data.train[i] for i in rng.permutation(len(data.train))[:CHECKED]]
        row["train_exact"] = share(sum(predictor.right(some)), len(some))
    row |= examine(predictor, suite, data.tests)
    row["level"] = level_name(run["suite"], run["split"])
    if not data.train:  # all the work is done when a question is asked
        row["cpu_seconds"] = row["test_cpu_seconds"]
    return row


def examine(predictor: Predictor, suite: Any, tests: Mapping[str, Sequence[Any]]) -> Row:
    """Exact match on each test set and all of them, by level of difficulty, with wrong answers."""
    cpu = cpu_seconds()
    found: dict[str, Any] = {}
    levels: dict[int, list[int]] = {}
    missed: list[tuple[Any, Any]] = []
    hits = n = 0
    for name, pairs in tests.items():
        good = predictor.right(pairs)
        found[name] = {"n": len(pairs), "right": sum(good), "exact": share(sum(good), len(pairs))}
        hits, n = hits + sum(good), n + len(pairs)
        for pair, ok in zip(pairs, good, strict=True):
            count = levels.setdefault(suite.level(name, *pair), [0, 0])
            count[0] += 1
            count[1] += ok
            if not ok:
                missed.append(pair)
    row: Row = {
        "n": n,
        "exact": share(hits, n),
        "tests": found,
        "levels": {str(level): levels[level] for level in sorted(levels)},
        "test_cpu_seconds": round(cpu_seconds() - cpu, 1),
    }
    # Grids are no text, and some sets of them are not to be looked at.
    if missed and not isinstance(missed[0][0], Question):
        # Spread over the tests from short to long, so that they show what is hard.
        missed.sort(key=lambda pair: len(pair[0]))
        places = {(2 * k + 1) * len(missed) // (2 * WRONG): None for k in range(WRONG)}
        some = [missed[place] for place in places]
        answers = predictor([x for x, _ in some])
        row["wrong"] = [
            [_text(predictor, x), _text(predictor, y), _text(predictor, answer)]
            for (x, y), answer in zip(some, answers, strict=True)
        ]
    return row


def _text(predictor: Predictor, value: Any) -> str:
    if value is None or isinstance(value, Undefined):
        return "no answer"
    if isinstance(value, tuple) and value and isinstance(value[0], np.ndarray):
        return f"{len(value)} pictures"
    text = predictor.shown(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "..."


def _hashable(pair: tuple[Any, Any]) -> Any:
    x, y = pair
    return (tuple(map(id, x)), y) if x and isinstance(x[0], np.ndarray) else pair


def checkpoint_of(run: Run) -> Path:
    """Where the training of a run is saved meanwhile."""
    digest = hashlib.sha256(key(run).encode()).hexdigest()[:16]
    return Path(run["checkpoints"]) / f"{digest}.safetensors"


# -- records -------------------------------------------------------------------------------------
def key(run: Mapping[str, Any]) -> str:
    """A text that is the same for the same runs; the commit is not in it."""
    return json.dumps([run.get(name) for name in KEY], sort_keys=True)


def command(run: Run) -> str:
    """The command that does a run."""
    extra = [f"--budget {run['budget']}"] if run["budget"] is not None else []
    if run["steps"] is not None and "steps" in run["settings"]:
        extra.append(f"--steps {run['steps']}")
    split = f"--split {run['split']} --method {run['method']} --seeds {run['seed']}"
    return " ".join(["python -m benchmarks run", run["suite"], split, *extra])


def finished(run: Run, row: Row, where: dict[str, Any]) -> dict[str, Any]:
    """The record of a run."""
    suite = get_suite(run["suite"])
    return {
        **{name: run[name] for name in KEY},
        "command": command(run),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        **where,
        "metric": suite.metric,
        **{name: value for name, value in row.items() if name not in run},
    }


def file_of(suite: str, results: Path) -> Path:
    """The records of a suite."""
    return results / "runs" / f"{suite}.jsonl"


def append(path: Path, record: dict[str, Any]) -> None:
    """Add a record as one line in one write.

    Raises:
        InputError: if that is not possible.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        broken = path.exists() and path.read_bytes()[-1:] not in (b"", b"\n")
        line = "\n" * broken + json.dumps(record) + "\n"
        with path.open("ab", buffering=0) as file:
            file.write(line.encode("utf-8"))
    except OSError as error:
        raise InputError(f"cannot write: {error.strerror}", source=str(path)) from None


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a file, in order; a line that was cut off is left out."""
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            yield record


def read_all(results: Path = records.RESULTS) -> list[dict[str, Any]]:
    """The records of all suites; of the same run only the newest."""
    newest: dict[str, dict[str, Any]] = {}
    for suite in NAMES:
        for record in read(file_of(suite, results)):
            newest[key(record)] = record
    return list(newest.values())
