"""The suite pcfg: what was published, what is generated."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.suites import (
    pcfg,
)
from nsr.errors import InputError
from tests.packs import needs_pack, write


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
