"""The suites hold what was published, and say what they need."""

from __future__ import annotations

import doctest
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from benchmarks import _runs, machine_hint, suites
from benchmarks.suites import (
    NAMES,
    get_suite,
    hint,
    patterns,
    pcfg,
    scan,
)
from nsr.errors import InputError, UnknownNameError
from tests.packs import PACK, needs_pack

RANDOMS = ("random-50", "random-300")


@pytest.mark.parametrize(
    "module", [suites, hint, pcfg, scan, _runs, machine_hint], ids=lambda m: m.__name__
)
def test_examples_in_docstrings(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


# -- protocol ------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", NAMES)
def test_every_suite_says_what_it_is(name: str) -> None:
    suite = get_suite(name)
    assert suite.name == name
    assert suite.splits
    assert suite.metric
    assert suite.licence
    assert suite.source
    with pytest.raises(UnknownNameError, match="nonsense"):
        suite.load("nonsense")


def test_unknown_suite() -> None:
    with pytest.raises(UnknownNameError, match="known: algorithms, arc, hint, patterns, pcfg"):
        get_suite("nonsense")


@pytest.mark.parametrize(
    ("name", "split"),
    [("pcfg", "localism"), ("pcfg", "substitutivity"), ("hint", "fewshot-x")],
)
@pytest.mark.usefixtures("no_data")
def test_missing_data_are_one_clear_error(name: str, split: str) -> None:
    with pytest.raises(InputError, match=f"set NSR_DATA to a folder with {name}/ in it") as error:
        get_suite(name).load(split)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["scan", "pcfg"])
@pytest.mark.usefixtures("no_data")
def test_without_data_suites_are_generated(name: str) -> None:
    suite = get_suite(name)
    for split in (*suite.compared, "random-300"):
        data = suite.load(split, seed=1)
        trained = {x for x, _ in data.train}
        assert trained
        assert data.origin in ("by rule", "random", "random by rule")
        for pairs in data.tests.values():
            assert pairs
            assert not any(x in trained for x, _ in pairs)
    assert suite.load("random-300", seed=1) == suite.load("random-300", seed=1)
    assert suite.load("random-300", seed=1) != suite.load("random-300", seed=2)


# -- what a test must not show -------------------------------------------------------------------
@needs_pack
@pytest.mark.parametrize("name", ["scan", "pcfg", "hint"])
def test_no_test_input_stands_in_the_training_pairs(name: str) -> None:
    suite = get_suite(name)
    for split in (*suite.splits, *RANDOMS):
        if split == "images":  # its pictures are looked at below
            continue
        data = suite.load(split, seed=1)
        trained = {x for x, _ in data.train}
        assert trained
        for test, pairs in data.tests.items():
            shared = sum(x in trained for x, _ in pairs)
            if name == "hint" and test == "I":
                # By its definition it has expressions of the training set, written anew.
                assert shared == len(pairs) or split in RANDOMS
            else:
                assert not shared, (split, test)


@needs_pack
def test_no_picture_and_no_writer_of_a_test_is_trained_on() -> None:
    folder = Path(PACK or "") / "hint"
    with np.load(folder / "symbols.npz", allow_pickle=False) as file:
        writer = file["writer"]
    for base in ("{}", *(f"fewshot/{concept}_{{}}" for concept in hint.CONCEPTS)):
        used = {}
        for part in hint.PARTS:
            with np.load(folder / f"{base.format(part)}.npz", allow_pickle=False) as file:
                used[part] = np.unique(file["symbol_index"])
        for part in ("val", "test"):
            assert not np.isin(used[part], used["train"]).any()
            assert not np.isin(writer[used[part]], writer[used["train"]]).any()


# -- patterns in context -------------------------------------------------------------------------
def test_patterns_are_stamped_at_the_mark() -> None:
    rng = np.random.default_rng(0)
    for question, answer in patterns.questions(50, 6, 3, 0.5, rng):
        seen = set()
        for before, after in (*question.pairs, (question.query, answer)):
            (place,) = [(r, c) for r in range(6) for c in range(6) if before[r][c]]
            row, column = place
            seen.add(tuple(line[column : column + 3] for line in after[row : row + 3]))
            inside = sum(sum(line) for line in next(iter(seen)))
            assert sum(map(sum, after)) == inside
        assert len(seen) == 1
    (full,) = patterns.questions(1, 6, 3, 1.0, rng)
    assert patterns.SUITE.level("all", *full) == 9
    with pytest.raises(UnknownNameError, match="GRID-PATTERN"):
        patterns.SUITE.load("3-4")
