"""The machine on handwritten arithmetic given as pictures: learnt from pictures and values alone.

The model is chosen by value accuracy on the validation pairs; each seed sees the test once.
Options switch parts off, one record each.
"""

from __future__ import annotations

import argparse
import functools
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

import nsr
from benchmarks import _hint_supervised
from benchmarks._learning import GIVEN_PICTURES, cpu_seconds, grouped, lexicon, share
from benchmarks._runs import Plan, Row, Run, measure
from benchmarks.suites import needed_folder
from benchmarks.suites._files import read_arrays
from benchmarks.suites.hint import NEEDS, SUBSETS, SUITE, WORDS
from nsr.abduction.numbers import entry_meaning
from nsr.abduction.pictures import PictureModel
from nsr.data.images import ImagePairs, read_image_pairs
from nsr.parsing.soft_reading import SoftReader
from nsr.perception.images import ImagePerception
from nsr.space import load_space
from nsr.values import Undefined

Predict: TypeAlias = Callable[[list[Any]], list[Any]]
"""Rows of pictures -> their values."""

NAME = "machine-images"
DESCRIPTION = "the machine on handwritten arithmetic: perception, syntax and meaning from values"

QUICK_LENGTH = 5
"""A quick run learns from inputs of at most so many pictures."""

QUICK_TESTS = 200


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
        "--compare",
        action="store_true",
        help="also test other decodings, and a perception learnt from true symbol labels",
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
        "compare": options.compare,
        "quick": options.quick,
        "seconds": options.seconds,
    }
    return Plan(
        NAME,
        __name__,
        [{"split": "images", "seed": seed, **settings} for seed in seeds],
        settings={"seeds": seeds, **settings},
        summary=lambda rows: {"splits": grouped(rows, "split")},
        notes={"given": GIVEN_PICTURES, "metric": SUITE.metric, "source": SUITE.source},
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
        "validation_exact": share(*right(machine.predict, validation)[:2]),
        "cpu_seconds": round(spent, 1),
        "wall_seconds": round(lasted, 1),
        "entries": len(lexicon(machine)),
    }
    sets = tests(data / "test.npz", run["quick"], None)
    row |= examine(machine.predict, sets) | {"lexicon": lexicon(machine)}
    if run["compare"]:
        row["compared"] = compared(machine, run["seed"], sets)
    return row


def compared(machine: nsr.Machine, seed: int, sets: dict[str, ImagePairs]) -> Row:
    """The same machine with parts exchanged, on the same tests; nothing is learnt anew but labels.

    "supervised" has the machine's syntax and programs, and a perception from true symbol labels.
    """
    model = machine.model_
    assert model is not None
    cpu = cpu_seconds()
    taught = Taught(model, _hint_supervised.train(seed=seed))
    found: Row = {"supervised_cpu_seconds": round(cpu_seconds() - cpu, 1)}
    meaning = functools.partial(entry_meaning, load_space("peano", "integers"))
    for name, perceive, options in (
        ("hard", model.perceive, {"decoding": "hard"}),
        ("even", model.perceive, {"attachment": False}),
        ("supervised", taught, {}),
        ("supervised_hard", taught, {"decoding": "hard"}),
    ):
        reader: Any = SoftReader(model.syntax, perceive, meaning, **options)
        found[name] = examine(reader.values, sets)
    found["taught_symbols"] = taught.names
    return found


class Taught:
    """A perception from true labels, its symbols in the machine's order.

    Which symbol is which is read off the training pictures: each label goes to the symbol that the
    machine sees most often in its pictures.

    Args:
        model: of the machine.
        perception: over `WORDS`.
    """

    def __init__(self, model: PictureModel, perception: ImagePerception):
        images, labels = _hint_supervised.glyphs("train")
        some = np.arange(0, len(labels), 4)
        seen = model.perceive(images[some]).argmax(axis=1)
        symbols = list(model.syntax.symbols)
        counts = np.zeros((len(WORDS), len(symbols)))
        np.add.at(counts, (labels[some], seen), 1)
        self._place = counts.argmax(axis=1)
        self._perception, self._symbols = perception, len(symbols)
        self.names = {w: symbols[k] for w, k in zip(WORDS, self._place, strict=True)}

    def __call__(self, images: np.ndarray[Any, np.dtype[np.uint8]]) -> Any:
        """float[m, S], p(symbol | picture)."""
        scores = np.exp(self._perception.log_probabilities(images).astype(np.float64))
        result = np.zeros((len(images), self._symbols))
        np.add.at(result.T, self._place, scores.T)
        return result


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


def tests(path: Path, quick: bool, images: Path | None) -> dict[str, ImagePairs]:
    """Subset -> its pairs.

    Args:
        path: of the pairs.
        quick: only some.
        images: where the pictures lie if not beside the pairs.
    """
    pairs = read_image_pairs(path, images)
    found: list[Any] = read_arrays(path, "subset", "subset_names")
    of = found[1][found[0]]
    rows = {subset: np.flatnonzero(of == subset) for subset in SUBSETS}
    if quick:
        rows = {s: own[:: max(1, len(own) // QUICK_TESTS)] for s, own in rows.items()}
    return {subset: pairs.select(own) for subset, own in rows.items() if len(own)}


def right(predict: Predict, pairs: ImagePairs) -> tuple[int, int, int]:
    """How many values are right, of how many, and how many inputs have no answer."""
    answers = predict([x for x, _ in pairs])
    hits = sum(answer == y for answer, y in zip(answers, pairs.values.tolist(), strict=True))
    return hits, len(pairs), sum(isinstance(answer, Undefined) for answer in answers)


def examine(predict: Predict, sets: dict[str, ImagePairs]) -> Row:
    """Exact match on every subset and on all of them together."""
    cpu = cpu_seconds()
    found = {name: right(predict, pairs) for name, pairs in sets.items()}
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
