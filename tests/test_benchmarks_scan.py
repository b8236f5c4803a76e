"""The suite scan: what was published, what is generated."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.suites import (
    scan,
)
from nsr.errors import InputError, UnknownNameError
from tests.packs import needs_pack, write


# -- SCAN ----------------------------------------------------------------------------------------
def test_scan_is_generated_whole() -> None:
    pairs = scan.everything()
    assert len(pairs) == len(set(pairs)) == 20_910
    found = {" ".join(x): " ".join(y) for x, y in pairs}
    assert found["turn opposite left"] == "I_TURN_LEFT I_TURN_LEFT"
    assert found["look around right"] == "I_TURN_RIGHT I_LOOK " * 3 + "I_TURN_RIGHT I_LOOK"
    assert found["jump twice after run left"] == "I_TURN_LEFT I_RUN I_JUMP I_JUMP"
    assert {w for pair in pairs for part in pair for w in part} == set(scan.WORDS)


def test_another_list_has_another_checksum() -> None:
    pairs = list(scan.everything())
    assert scan.checksum(pairs[::-1]) == scan.CHECKSUM
    assert scan.checksum(pairs[1:]) != scan.CHECKSUM
    assert scan.checksum([(pairs[0][0], ("I_RUN",)), *pairs[1:]]) != scan.CHECKSUM


@pytest.mark.parametrize(
    ("split", "lines", "distinct", "tests"),
    [
        ("simple", 16_728, 16_728, 4_182),
        ("simple_p1", 209, 209, 20_701),
        ("simple_p64", 13_382, 13_382, 7_528),
        ("length", 16_990, 16_990, 3_920),
        ("addprim_jump", 14_670, 13_204, 7_706),
        ("template_around_right", 15_225, 15_225, 4_476),
        ("random-50", 50, 50, 20_860),
    ],
)
@pytest.mark.usefixtures("no_data")
def test_scan_splits_have_the_published_sizes(
    split: str, lines: int, distinct: int, tests: int
) -> None:
    data = scan.SUITE.load(split)
    assert (len(data.train), len(set(data.train))) == (lines, distinct)
    assert len(data.tests["test"]) == tests
    assert data.origin == ("by rule" if split in scan.RULES else "random")
    assert not set(data.train) & set(data.tests["test"])


@pytest.mark.usefixtures("no_data")
def test_seeds_draw_different_pairs() -> None:
    first, again, other = (scan.SUITE.load("random-30", seed=k).train for k in (0, 0, 1))
    assert first == again
    assert first != other


def test_a_foreign_list_is_refused(pack: Path) -> None:
    write(pack / "scan" / "tasks.txt.gz", "IN: walk OUT: I_WALK")
    with pytest.raises(InputError, match="not the official list"):
        scan.SUITE.load("length")
    (pack / "scan" / "tasks.txt.gz").write_bytes(b"no gzip")
    with pytest.raises(InputError, match=r"tasks\.txt\.gz: cannot read"):
        scan.SUITE.load("length")


@needs_pack
@pytest.mark.parametrize("split", scan.SUITE.splits)
def test_published_scan_splits_are_part_of_the_language(split: str) -> None:
    data = scan.SUITE.load(split)
    assert data.origin == "published"
    assert not set(data.train) & set(data.tests["test"])
    assert {*data.train, *data.tests["test"]} <= set(scan.everything())
    if split in scan.RULES:
        train, test = scan.RULES[split](scan.everything(), 0)
        assert Counter(train) == Counter(data.train)
        assert Counter(test) == Counter(data.tests["test"])


# -- factors of the training data ----------------------------------------------------------------
@pytest.mark.usefixtures("no_data")
def test_more_primitives_are_copies_that_mean_the_same() -> None:
    plain, more = scan.SUITE.load("addprim_jump"), scan.SUITE.load("addprim_jump-x3", seed=1)
    assert len(more.train) == 3 * len(plain.train)
    assert list(more.train[: len(plain.train)]) == list(plain.train)
    assert more.tests == plain.tests
    back = {f"{w}.{k}": w for w in (*scan.ACTIONS, *scan.ACTIONS.values()) for k in (1, 2)}
    again = [
        (tuple(back.get(w, w) for w in x), tuple(back.get(w, w) for w in y)) for x, y in more.train
    ]
    assert again == list(plain.train) * 3
    words = {w for x, _ in more.train for w in x}
    assert {"walk", "walk.1", "walk.2", "jump.2"} <= words
    assert "twice.1" not in words
    for x, y in more.train[::997]:
        if len(x) == 1:
            assert (back.get(x[0], x[0]), x[0][-1] in "12") == (
                next(k for k, v in scan.ACTIONS.items() if v == back.get(y[0], y[0])),
                y[0][-1] in "12",
            )
    with pytest.raises(UnknownNameError):
        scan.SUITE.load("nonsense-x2")


@pytest.mark.usefixtures("no_data")
def test_easy_pairs_are_shorter_than_hard_ones() -> None:
    easy, hard = scan.SUITE.load("easy-500", seed=2), scan.SUITE.load("hard-500", seed=2)
    assert len(set(easy.train)) == len(set(hard.train)) == 500
    assert max(len(y) for _, y in easy.train) <= min(len(y) for _, y in hard.train)
    assert len(easy.tests["test"]) == 20410
    assert not set(easy.train) & set(easy.tests["test"])
    assert easy.train != scan.SUITE.load("easy-500", seed=3).train
    with pytest.raises(InputError, match="cannot draw 20000 of 10455 easy pairs"):
        scan.SUITE.load("easy-20000")
