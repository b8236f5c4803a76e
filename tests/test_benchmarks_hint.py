"""The suite hint: what was published, what is generated."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.suites import (
    _arithmetic,
    _glyphs,
    draw,
    hint,
    random_size,
)
from nsr.errors import InputError


# -- generated HINT ------------------------------------------------------------------------------
def test_generated_expressions_obey_their_rules() -> None:
    sets = _arithmetic.dataset(5, 100, 10)
    trained = {one.text for one in sets["train"]}
    for name, expressions in sets.items():
        assert expressions
        for one in expressions:
            assert value(one.text) == one.value
            assert one.value <= one.most
            small, operators = one.most <= 100, sum(c in "+-*/" for c in one.text)
            assert small == (name not in ("SL", "LL"))
            assert (operators > 10) == (name in ("LS", "LL"))
            assert (one.text in trained) == (name in ("train", "I"))
    five = [one.value for one in sets["train"] if sum(c in "+-*/" for c in one.text) == 5]
    assert len(five) == 100
    assert max(Counter(five).values()) == 5
    assert 0 not in five
    assert sets == _arithmetic.dataset(5, 100, 10)
    assert any("(" in one.text for one in sets["train"])


def value(text: str) -> int:
    """The value of an expression; a digit has no brackets."""
    found, rest, _ = level(text, 1)
    assert not rest
    return found


def level(text: str, binds: int) -> tuple[int, str, int]:
    """Value of the longest beginning that binds at least so tightly, the rest, how it binds."""
    if binds == 3:
        if text[0] != "(":
            return int(text[0]), text[1:], 3
        found, rest, inner = level(text[1:], 1)
        assert rest[0] == ")"
        assert inner < 3, "brackets around a digit"
        return found, rest[1:], 3
    left, text, own = level(text, binds + 1)
    signs = "+-" if binds == 1 else "*/"
    while text and text[0] in signs:
        right, rest, _ = level(text[1:], binds + 1)
        left, text, own = _arithmetic.APPLY[text[0]](left, right), rest, binds
    return left, text, own


@pytest.mark.parametrize(
    ("sign", "a", "b", "result"),
    [("-", 2, 5, 0), ("/", 7, 2, 4), ("/", 6, 2, 3), ("*", 3, 4, 12), ("/", 0, 3, 0)],
)
def test_operators_are_those_of_the_paper(sign: str, a: int, b: int, result: int) -> None:
    assert _arithmetic.APPLY[sign](a, b) == result


def test_pictures_of_the_parts_share_no_font() -> None:
    fonts = {part: set(_glyphs.fonts(part)) for part in _glyphs.PARTS}
    assert all(fonts.values())
    assert len(set.union(*fonts.values())) == sum(map(len, fonts.values()))


def test_pictures_are_drawn_and_differ() -> None:
    found = _glyphs.glyphs("7+", 6, "train", 1)
    assert found["7"].shape == (6, 45, 45)
    assert found["7"].dtype == np.uint8
    for symbol, pictures in found.items():
        assert all(picture.max() > 150 for picture in pictures), symbol
        assert all(10 < (picture > 100).sum() < 900 for picture in pictures), symbol
        assert len({picture.tobytes() for picture in pictures}) == 6
    same = _glyphs.glyphs("7+", 6, "train", 1)
    assert all(np.array_equal(found[s], same[s]) for s in found)
    assert not np.array_equal(found["7"], _glyphs.glyphs("7+", 6, "test", 1)["7"])


@pytest.mark.usefixtures("no_data")
def test_hint_is_generated_with_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hint, "GENERATED", 60)
    monkeypatch.setattr(hint, "TESTED", 10)
    monkeypatch.setattr(hint, "DRAWN", 6)
    hint._expressions.cache_clear()
    symbols, images = hint.SUITE.load("symbols"), hint.SUITE.load("images")
    hint._expressions.cache_clear()
    assert [len(pairs) for pairs in symbols.tests.values()] == [100, 80, 100, 90, 100]
    assert len(symbols.validation) > 20
    assert [y for _, y in symbols.train] == [y for _, y in images.train]
    assert [len(x) for x, _ in symbols.train] == [len(x) for x, _ in images.train]
    used = {id(p) for x, _ in images.train for p in x}
    assert len(used) <= 6 * 16
    assert not used & {id(p) for x, _ in images.tests["SS"] for p in x}


@given(st.integers(0, 20), st.integers(0, 3))
def test_drawn_pairs_and_the_rest_are_all(size: int, seed: int) -> None:
    pairs = [((str(i),), i) for i in range(20)]
    chosen, rest = draw(pairs, size, seed)
    assert len(chosen) == size
    assert Counter(chosen + rest) == Counter(pairs)
    assert draw(pairs, size, seed)[0] == chosen


def test_no_more_can_be_drawn_than_there_are() -> None:
    with pytest.raises(InputError, match="cannot draw 2 of 1"):
        draw([(("a",), 1)], 2, 0)
    assert random_size("random-x") is None
    assert random_size("random-") is None


# -- HINT ----------------------------------------------------------------------------------------
def write_expressions(path: Path, rows: list[tuple[str, int, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    names = ["train", *hint.SUBSETS]
    np.savez(
        path,
        expr=np.array([text.encode() for text, _, _ in rows]),
        value=np.array([value for _, value, _ in rows], np.int32),
        subset=np.array([names.index(subset) for _, _, subset in rows], np.uint8),
        subset_names=np.array(names),
    )


def test_hint_expressions_are_symbols_and_values(pack: Path) -> None:
    folder = pack / "hint"
    for base in (folder / "{}.npz", folder / "fewshot" / "x_{}.npz"):
        word = "x" if "x_" in base.name else "2"
        for part, subsets in (("train", ["train"] * 3), ("val", ["I"]), ("test", ["I", "LL"])):
            rows = [(f"{word}*({k}-1)", k, subset) for k, subset in enumerate(subsets)]
            write_expressions(Path(str(base).format(part)), rows)
    data = hint.SUITE.load("symbols")
    assert data.train[1] == (("2", "*", "(", "1", "-", "1", ")"), 1)
    assert data.tests == {"I": [data.train[0]], "LL": [data.train[1]]}
    assert len(data.validation) == 1
    assert len(hint.SUITE.load("random-2").train) == 2
    assert hint.SUITE.load("fewshot-x").train[0][0][0] == "x"
    np.savez(folder / "val.npz", expr=np.array([b"1"]))
    with pytest.raises(InputError, match=r"val\.npz: cannot read"):
        hint.SUITE.load("symbols")


def test_a_share_of_the_tokens_is_corrupted() -> None:
    rng = np.random.default_rng(0)
    pairs = [(tuple(rng.choice(hint.WORDS, 7).tolist()), i) for i in range(1000)]
    noisy = hint.corrupted(pairs, 0.1, seed=5)
    assert noisy == hint.corrupted(pairs, 0.1, seed=5)
    assert [y for _, y in noisy] == [y for _, y in pairs]
    changes = Counter(
        (a, b)
        for (x, _), (z, _) in zip(pairs, noisy, strict=True)
        for a, b in zip(x, z, strict=True)
        if a != b
    )
    assert 0.08 < sum(changes.values()) / 7000 < 0.12
    assert len(changes) > 180
    assert max(changes.values()) < 15
    assert hint.corrupted(pairs, 0.0, seed=5) == pairs
    assert (
        sum(x != z for (x, _), (z, _) in zip(pairs, hint.corrupted(pairs, 1.0, 1), strict=True))
        == 1000
    )
