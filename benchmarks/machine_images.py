"""The machine on handwritten arithmetic given as pictures: learnt from pictures and values alone.

The model is chosen by value accuracy on the validation pairs; each seed sees the test once.
Options switch parts off, one record each.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import nsr
from benchmarks._learning import GIVEN_NUMBERS, cpu_seconds, grouped, lexicon, share
from benchmarks._runs import Plan, Row, Run, measure
from benchmarks.suites import needed_folder
from benchmarks.suites._files import read_arrays
from benchmarks.suites.hint import NEEDS, SUBSETS, SUITE
from nsr.data.images import ImagePairs, read_image_pairs
from nsr.values import Undefined

NAME = "machine-images"
DESCRIPTION = "the machine on handwritten arithmetic: perception, syntax and meaning from values"

QUICK_LENGTH = 5
"""A quick run learns from inputs of at most so many pictures."""

QUICK_TESTS = 200
GIVEN = (
    *GIVEN_NUMBERS,
    "inputs are cut into pictures of one symbol each",
    "the architecture of a convolutional network, and how its pictures are distorted in training",
)


def run(arguments: Sequence[str]) -> None:
    """Measure and write a record."""
    measure(NAME, arguments, plan, seeds="0,1,2", more=_options)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--decoding",
        choices=("joint", "hard"),
        default="joint",
        help="symbols and tree together, or each picture's most probable symbol first",
    )
    parser.add_argument(
        "--no-attachment", action="store_true", help="without the learnt attachment weights"
    )
    parser.add_argument(
        "--one-symbol", type=int, help="so many training inputs of one picture [default: all]"
    )


def plan(options: argparse.Namespace) -> Plan:
    """One run for each seed."""
    seeds = options.seeds[:1] if options.quick else options.seeds
    settings = {
        "decoding": options.decoding,
        "attachment": not options.no_attachment,
        "one_symbol": options.one_symbol,
        "quick": options.quick,
        "seconds": options.seconds,
    }
    return Plan(
        NAME,
        __name__,
        [{"split": "images", "seed": seed, **settings} for seed in seeds],
        settings={"seeds": seeds, **settings},
        summary=lambda rows: {"splits": grouped(rows, "split")},
        notes={"given": GIVEN, "metric": SUITE.metric, "source": SUITE.source},
    )


def work(run: Run) -> Row:
    """One fit, chosen by the validation pairs, tested once."""
    data = needed_folder(SUITE.name, NEEDS)
    train = training(data, run["seed"], run["one_symbol"], run["quick"])
    validation = read_image_pairs(data / "val.npz")
    machine: Any = nsr.Machine(
        domain="integers", seed=run["seed"], seconds=run["seconds"], **switches(run)
    )
    cpu, wall = cpu_seconds(), time.monotonic()
    machine.fit(train, validation=validation)
    spent, lasted = cpu_seconds() - cpu, time.monotonic() - wall
    row: Row = {
        "train_lines": len(train),
        "train": len(train),
        "train_exact": machine.exact_,
        "validation_exact": share(*right(machine, validation)[:2]),
        "cpu_seconds": round(spent, 1),
        "wall_seconds": round(lasted, 1),
        "entries": len(lexicon(machine)),
    }
    return row | examine(machine, tests(data, run["quick"])) | {"lexicon": lexicon(machine)}


def switches(run: Run) -> dict[str, Any]:
    """Options of the machine for what is switched off; none by default."""
    found: dict[str, Any] = {}
    if run["decoding"] != "joint":
        found["decoding"] = run["decoding"]
    if not run["attachment"]:
        found["attachment"] = False
    return found


def training(data: Path, seed: int, one_symbol: int | None, quick: bool) -> ImagePairs:
    """The training pairs, with so many inputs of one picture, drawn by the seed."""
    pairs = read_image_pairs(data / "train.npz")
    keep = np.ones(len(pairs), bool)
    if one_symbol is not None:
        single = np.flatnonzero(pairs.lengths == 1)
        order = np.random.default_rng(seed).permutation(len(single))
        keep[single[order[one_symbol:]]] = False
    if quick:
        keep &= pairs.lengths <= QUICK_LENGTH
    return pairs.select(np.flatnonzero(keep))


def tests(data: Path, quick: bool) -> dict[str, ImagePairs]:
    """Subset -> its pairs."""
    path = data / "test.npz"
    pairs = read_image_pairs(path)
    found: list[Any] = read_arrays(path, "subset", "subset_names")
    of = found[1][found[0]]
    rows = {subset: np.flatnonzero(of == subset) for subset in SUBSETS}
    if quick:
        rows = {subset: own[:: len(own) // QUICK_TESTS] for subset, own in rows.items()}
    return {subset: pairs.select(own) for subset, own in rows.items()}


def right(machine: Any, pairs: ImagePairs) -> tuple[int, int, int]:
    """How many values are right, of how many, and how many inputs have no answer."""
    answers = machine.predict([x for x, _ in pairs])
    hits = sum(answer == y for answer, y in zip(answers, pairs.values.tolist(), strict=True))
    return hits, len(pairs), sum(isinstance(answer, Undefined) for answer in answers)


def examine(machine: Any, sets: dict[str, ImagePairs]) -> Row:
    """Exact match on every subset and on all of them together."""
    cpu = cpu_seconds()
    found = {name: right(machine, pairs) for name, pairs in sets.items()}
    hits, n, unanswered = (sum(part[i] for part in found.values()) for i in range(3))
    parts = {
        name: {"n": part[1], "right": part[0], "exact": share(part[0], part[1])}
        for name, part in found.items()
    }
    return {
        "n": n,
        "exact": share(hits, n),
        "tests": parts,
        "unanswered": unanswered,
        "test_cpu_seconds": round(cpu_seconds() - cpu, 1),
    }
