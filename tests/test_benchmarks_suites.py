"""The suites hold what was published, and say what they need."""

from __future__ import annotations

import doctest
import gzip
import os
from collections import Counter
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import _runs, machine_hint, suites
from benchmarks.suites import (
    NAMES,
    _arithmetic,
    _glyphs,
    draw,
    get_suite,
    hint,
    patterns,
    pcfg,
    random_size,
    scan,
)
from nsr.errors import InputError, UnknownNameError

PACK = os.environ.get("NSR_DATA")
RANDOMS = ("random-50", "random-300")
needs_pack = pytest.mark.skipif(not PACK, reason="NSR_DATA is not set")


@pytest.fixture
def no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NSR_DATA", raising=False)


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NSR_DATA", str(tmp_path))
    return tmp_path


def write(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(line + "\n" for line in lines).encode()))


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
        assert data.origin in ("by rule", "random")
        for pairs in data.tests.values():
            assert pairs
            assert not any(x in trained for x, _ in pairs)
    assert suite.load("random-300", seed=1) == suite.load("random-300", seed=1)
    assert suite.load("random-300", seed=1) != suite.load("random-300", seed=2)


# -- generated PCFG SET --------------------------------------------------------------------------
@pytest.mark.usefixtures("no_data")
def test_generated_strings_obey_their_rules() -> None:
    every = pcfg.SUITE.load("productivity")
    pairs = [*every.train, *every.tests["test"]]
    counts = Counter(min(9, pcfg.SUITE.level("", x, y)) for x, y in pairs)
    assert counts[1] / len(pairs) == pytest.approx(0.015, abs=0.001)
    assert counts[9] / len(pairs) == pytest.approx(0.123, abs=0.002)
    leaves: Counter[tuple[str, ...]] = Counter()
    for x, y in pairs[::7]:
        value, rest = read(x)
        assert (value, rest) == (y, ())
    for x, _ in pairs:
        leaf: list[str] = []
        for word in (*x, pcfg.COMMA):
            if word in pcfg.LETTERS:
                leaf.append(word)
            elif leaf:
                leaves[tuple(leaf)] += 1
                leaf = []
    assert max(leaves.values()) == 1
    assert {len(leaf) for leaf in leaves} == {2, 3, 4, 5}
    systematic = pcfg.SUITE.load("systematicity")
    assert not any(" append remove_second " in f" {' '.join(x)} " for x, _ in systematic.train)
    assert any(" append remove_second " in f" {' '.join(x)} " for x, _ in systematic.tests["test"])


def read(x: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The value of a source and what is left of it, by the grammar."""
    if x[0] in pcfg.LETTERS:
        end = next((i for i, word in enumerate(x) if word not in pcfg.LETTERS), len(x))
        return x[:end], x[end:]
    first, rest = read(x[1:])
    if x[0] in pcfg.UNARY:
        return pcfg.apply(x[0], first), rest
    assert rest[0] == pcfg.COMMA
    second, rest = read(rest[1:])
    return pcfg.apply(x[0], first, second), rest


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


# -- PCFG SET ------------------------------------------------------------------------------------
POOL = (
    "src\ttgt\tiid\tsystematicity\tproductivity\tn_functions\tdepth",
    "copy A1 B2\tA1 B2\ttrain\ttest\ttrain\t1\t2",
    "repeat A1\tA1 A1\ttest\ttrain\ttrain\t1\t2",
    "append A1 , swap_first_last B1 C1\tA1 C1 B1\ttrain\ttrain\ttest\t2\t3",
)


@pytest.fixture
def small(pack: Path) -> Path:
    folder = pack / "pcfg"
    write(folder / "pool.tsv.gz", *POOL)
    for column, row in (("iid", "1"), ("systematicity", "0"), ("productivity", "2")):
        write(folder / f"{column}_test.idx.txt.gz", row)
    write(
        folder / "localism_unrolled_test.tsv.gz",
        "unrolled\tcopy A1 \t*1",
        "unrolled\techo *1\tA1 A1",
        "original\techo copy A1\tA1 A1",
    )
    write(folder / "localism_increasing_length.tsv.gz", "copy A1\tA1")
    write(
        folder / "substitutivity_test.tsv.gz",
        "src\tsrc_twin\ttgt",
        "repeat B1\trepeat_twin B1\tB1 B1",
    )
    return folder


@pytest.mark.usefixtures("small")
def test_pcfg_uses_one_column_at_a_time() -> None:
    assert [" ".join(x) for x, _ in pcfg.SUITE.load("iid").train] == [
        "copy A1 B2",
        "append A1 , swap_first_last B1 C1",
    ]
    data = pcfg.SUITE.load("systematicity")
    assert data.tests == {"test": [(("copy", "A1", "B2"), ("A1", "B2"))]}
    assert len(data.train) == 2
    drawn = pcfg.SUITE.load("random-1", seed=3)
    assert len(drawn.train) == 1
    assert drawn.tests == pcfg.SUITE.load("iid").tests


@pytest.mark.usefixtures("small")
def test_localism_has_whole_samples(small: Path) -> None:
    (sample,) = pcfg.localism(small)
    assert sample.source == ("echo", "copy", "A1")
    assert sample.steps == (("copy", "A1"), ("echo", "*1"))
    data = pcfg.SUITE.load("localism")
    assert data.tests["whole"] == [(sample.source, sample.target)]
    write(small / "localism_unrolled_test.tsv.gz", "original\tcopy A1\tA1")
    with pytest.raises(InputError, match="line 1: not a whole sample"):
        pcfg.localism(small)


@pytest.mark.usefixtures("small")
def test_synonyms_stand_for_half_of_the_functions() -> None:
    trained = [
        w for k in range(60) for x, _ in pcfg.SUITE.load("substitutivity", seed=k).train for w in x
    ]
    share = trained.count("append_twin") / (trained.count("append_twin") + trained.count("append"))
    assert 0.3 < share < 0.7
    assert not any(w.startswith("copy_") for w in trained)
    data = pcfg.SUITE.load("substitutivity_primitive")
    twins = [pair for pair in data.train if pair[0][0].endswith(pcfg.TWIN)]
    assert len(twins) == len(pcfg.SYNONYMS) * pcfg.PRIMITIVE_PAIRS
    for x, y in twins:
        rest = " ".join(x[1:])
        strings = [tuple(part.split()) for part in rest.split(pcfg.COMMA)]
        assert pcfg.apply(x[0].removesuffix(pcfg.TWIN), *strings) == y


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (["src\ttgt"], "line 1: expected 7 columns, got 2"),
        (["a\tb\tc\td\te\tf\tg"], "line 1: not the pool"),
        ([POOL[0]], "expected numbers of test rows"),
    ],
)
def test_a_damaged_pool_is_refused(small: Path, lines: list[str], fault: str) -> None:
    write(small / "pool.tsv.gz", *lines)
    with pytest.raises(InputError, match=fault):
        pcfg.SUITE.load("iid")


@needs_pack
def test_recovered_rows_of_pcfg() -> None:
    counts = {
        "iid": (16_670, 9_721),
        "systematicity": (16_216, 10_175),
        "productivity": (15_058, 11_333),
    }
    for split, (train, test) in counts.items():
        data = pcfg.SUITE.load(split)
        assert (len(data.train), len(data.tests["test"])) == (train, test)
        assert not set(data.train) & set(data.tests["test"])
    trained = {x for x, _ in pcfg.SUITE.load("substitutivity_primitive").train}
    for split in ("localism", "substitutivity"):
        for pairs in pcfg.SUITE.load(split).tests.values():
            assert not trained & {x for x, _ in pairs}
    known = {*pcfg.FUNCTIONS, *pcfg.LETTERS, pcfg.COMMA}
    assert {w for x, _ in pcfg.SUITE.load("iid").train for w in x} == known


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
