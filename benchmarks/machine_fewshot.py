"""A new concept from about a thousand examples: handwritten arithmetic.

Given as symbols, the machine learns from the training set of the plain language together with the
examples of one new concept (with `--alone` from these examples only). Given as pictures
(`--images`), a machine that has learnt the plain language learns on from the examples of each
concept and some of the old pairs. It is tested on new examples of the concept and on the tests of
the plain language.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

import nsr
from benchmarks import machine_images
from benchmarks._learning import (
    GIVEN_NUMBERS,
    GIVEN_PICTURES,
    cpu_seconds,
    examine,
    fit,
    grouped,
    lexicon,
    share,
)
from benchmarks._runs import Plan, Row, Run, measure
from benchmarks.suites import RANDOM, needed_folder
from benchmarks.suites.hint import CONCEPTS, FEWSHOT, NEEDS, SUITE
from nsr.data.images import read_image_pairs

NAME = "machine-fewshot"
DESCRIPTION = "the machine on HINT-style arithmetic: a new concept from a thousand examples"

PLAIN = "symbols"
QUICK_PLAIN = f"{RANDOM}5000"
QUICK = ("x", "a", "c")
REHEARSED: Final = 2_000
"""Old pairs of pictures that are seen again with the new ones, drawn by the seed."""


def run(arguments: Sequence[str]) -> None:
    """Measure and write a record."""
    measure(NAME, arguments, plan, seeds="0,1,2", more=_options)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--alone", action="store_true", help="without the plain training set")
    parser.add_argument("--images", action="store_true", help="from pictures")
    parser.add_argument(
        "--model", help="with --images: a machine that has learnt the plain language [default: fit]"
    )


def plan(options: argparse.Namespace) -> Plan:
    """All runs that the options ask for."""
    concepts = QUICK if options.quick else CONCEPTS
    splits = options.split or [FEWSHOT + c for c in concepts]
    seeds = options.seeds[:1] if options.quick else options.seeds
    if options.images:
        return _pictures(options, splits, seeds)
    plain = None if options.alone else QUICK_PLAIN if options.quick else PLAIN
    runs = [
        {"split": s, "plain": plain, "seed": k, "seconds": options.seconds}
        for s in splits
        for k in seeds
    ]
    return Plan(
        NAME,
        __name__,
        runs,
        settings={"seeds": seeds, "splits": list(splits), "plain": plain},
        summary=summary,
        notes={"given": GIVEN_NUMBERS, "metric": SUITE.metric, "source": SUITE.source},
        warm={**runs[0], "plain": plain and QUICK_PLAIN},
    )


def _pictures(options: argparse.Namespace, splits: Sequence[str], seeds: Sequence[int]) -> Plan:
    """One run for each seed: the plain language is learnt once for all concepts."""
    settings = {
        "images": True,
        "splits": list(splits),
        "model": options.model,
        "quick": options.quick,
        "seconds": options.seconds,
        "rehearsed": REHEARSED,
    }
    return Plan(
        f"{NAME}-images",
        __name__,
        [{"split": "images", "seed": seed, **settings} for seed in seeds],
        settings={"seeds": seeds, **settings},
        summary=pictures_summary,
        notes={"given": GIVEN_PICTURES, "metric": SUITE.metric, "source": SUITE.source},
    )


def work(run: Run) -> Row:
    """One fit, tested on the concept's subsets and on the plain language."""
    if run.get("images"):
        return _work_pictures(run)
    data = SUITE.load(run["split"], seed=run["seed"])
    plain = SUITE.load(run["plain"] or PLAIN, seed=run["seed"])
    if run["plain"]:
        data = replace(data, train=[*plain.train, *data.train])
    machine, row = fit(data, domain="integers", seed=run["seed"], seconds=run["seconds"])
    row |= examine(machine, data.tests) | {"lexicon": lexicon(machine)}
    found = examine(machine, plain.tests)
    return row | {"plain_exact": found["exact"]}


def summary(rows: list[Row]) -> dict[str, Any]:
    """Figures of each concept, of all, and what became of the plain language."""
    splits = grouped(rows, "split")
    return {
        "splits": splits,
        "mean": round(sum(part["mean_of_tests"] for part in splits.values()) / len(splits), 6),
        "plain_exact_min": min(row["plain_exact"] for row in rows),
    }


def _work_pictures(run: Run) -> Row:
    """The plain language, then every concept from there; each test is seen once."""
    data = needed_folder(SUITE.name, NEEDS)
    with tempfile.TemporaryDirectory() as folder:
        model, row = run["model"], {}
        if model is None:
            model, row = folder, _base(run, data, folder)
        plain = machine_images.tests(data / "test.npz", run["quick"], None)
        machine: Any = nsr.load(model)
        row["plain"] = machine_images.examine(machine.predict, plain)
        row["concepts"] = {}
        for split in run["splits"]:
            machine = nsr.load(model)
            machine.seed, machine.seconds = run["seed"], run["seconds"]
            found = _learn_on(machine, data, split.removeprefix(FEWSHOT), run)
            found["plain_exact"] = machine_images.examine(machine.predict, plain)["exact"]
            row["concepts"][split] = found
    return row


def _base(run: Run, data: Path, folder: str) -> Row:
    """A machine for the plain language, chosen by its validation pairs."""
    train = machine_images.training(data, run["seed"], None, run["quick"])
    cpu = cpu_seconds()
    machine = nsr.Machine(domain="integers", seed=run["seed"], seconds=run["seconds"])
    machine.fit(train, validation=read_image_pairs(data / "val.npz"))
    machine.save(folder)
    return {"train": len(train), "cpu_seconds": round(cpu_seconds() - cpu, 1)}


def _learn_on(machine: Any, data: Path, concept: str, run: Run) -> Row:
    """One concept: learnt from its examples, chosen by its validation pairs, tested once."""
    images = data / "symbols.npz"
    paths = [data / "fewshot" / f"{concept}_{part}.npz" for part in ("train", "val", "test")]
    train, validation = (read_image_pairs(path, images) for path in paths[:2])
    old = read_image_pairs(data / "train.npz")
    rows = np.random.default_rng(run["seed"]).permutation(len(old))[:REHEARSED]
    known = set(lexicon(machine))
    plain = set(machine.lexicon_.entries)
    cpu, wall = cpu_seconds(), time.monotonic()
    machine.extend(train, rehearsal=old.select(np.sort(rows)), validation=validation)
    spent, lasted = cpu_seconds() - cpu, time.monotonic() - wall
    found = machine_images.examine(
        machine.predict, machine_images.tests(paths[2], run["quick"], images)
    )
    entries = machine.lexicon_.entries.values()
    return {
        "train": len(train),
        "cpu_seconds": round(spent, 1),
        "wall_seconds": round(lasted, 1),
        "train_exact": machine.exact_,
        "validation_exact": share(*machine_images.right(machine.predict, validation)[:2]),
        **found,
        "mean_of_tests": _mean(part["exact"] for part in found["tests"].values()),
        "new_numbers": [e.word for e in entries if not e.arity and e.word not in plain],
        "new_words": {k: v for k, v in lexicon(machine).items() if k not in known},
    }


def pictures_summary(rows: list[Row]) -> dict[str, Any]:
    """Means over the seeds: of each concept's five subsets, of all concepts, and what it cost."""
    names = list(rows[0]["concepts"])
    own = {name: [row["concepts"][name] for row in rows] for name in names}
    means = {name: _mean(c["mean_of_tests"] for c in found) for name, found in own.items()}
    every = [c for found in own.values() for c in found]
    return {
        "concepts": means,
        "mean": _mean(means.values()),
        "plain_exact_before": _mean(row["plain"]["exact"] for row in rows),
        "plain_exact_after": _mean(c["plain_exact"] for c in every),
        "cpu_seconds_each": _mean(c["cpu_seconds"] for c in every),
    }


def _mean(values: Iterable[float]) -> float:
    return round(statistics.fmean(values), 6)
