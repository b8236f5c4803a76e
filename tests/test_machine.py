"""The machine: small languages learnt from pairs, its files, and its silence."""

from __future__ import annotations

import copy
import gzip
import itertools
import json
import os
import pickle
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nsr
from nsr.abduction.curriculum import Learner
from nsr.abduction.number_programs import number_meaning
from nsr.errors import DeclinedError, InputError, LimitReached, NsrError, UnknownNameError
from nsr.values import Undefined
from tests.languages import LANGUAGES, NOUNS, Pair, pairs


def learnt(language: str, *, count: int = 300, seed: int = 0) -> nsr.Machine:
    return nsr.Machine(seed=seed).fit(pairs(language, count, depth=3, seed=seed))


@pytest.fixture(scope="module")
def machine() -> nsr.Machine:
    return learnt("brackets")


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_small_languages_are_learnt_and_carry_on_to_longer_sentences(language: str) -> None:
    train = set(pairs(language, 300, depth=3, seed=0))
    longer = pairs(language, 200, depth=4, seed=7, longest=40)
    test = [pair for pair in longer if pair not in train]
    machine = learnt(language)
    assert machine.exact_ == 1.0
    assert len(test) > 100
    assert max(len(x) for x, _ in test) > max(len(x) for x, _ in train)
    assert [machine.predict(x) for x, _ in test] == [y for _, y in test]


def test_outputs_without_sense_are_known_not_to_be_understood() -> None:
    data = pairs("infix", 120, depth=3, seed=3)
    outputs = [y for _, y in data]
    random.Random(0).shuffle(outputs)
    mixed = [(x, y) for (x, _), y in zip(data, outputs, strict=True)]
    assert nsr.Machine(seconds=20).fit(mixed).exact_ < 0.5


def test_inputs_may_be_lists_of_tokens() -> None:
    data = [(text.split(), text.split()) for text in ("a b", "b c", "a", "b", "c", "c a")]
    machine = nsr.Machine().fit(data)
    wanted = [tuple(y) for _, y in data]
    assert machine.predict([x for x, _ in data]) == wanted


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_machine_can_be_copied_and_pickled(machine: nsr.Machine, copied: Any) -> None:
    again = copied(machine)
    inputs = [x for x, _ in pairs("brackets", 50, depth=4, seed=7)]
    assert again.predict(inputs) == machine.predict(inputs)
    assert (again.exact_, again.complete_) == (machine.exact_, machine.complete_)
    with pytest.raises(NsrError, match="learnt nothing"):
        copied(nsr.Machine()).predict("a")


@pytest.mark.parametrize("bad", [[("a",)], [("a", "b", "c")], "abc"])
def test_pairs_that_are_none_are_named(bad: Any) -> None:
    with pytest.raises(InputError, match="pair 1: expected an input and an output, got"):
        nsr.Machine().fit(bad)


def test_same_seed_same_machine(tmp_path: Path) -> None:
    texts = []
    for name in ("a", "b"):
        learnt("infix").save(tmp_path / name)
        texts.append((tmp_path / name / "machine.json").read_text())
    assert texts[0] == texts[1]


def test_no_answer_has_a_reason(machine: nsr.Machine) -> None:
    for x, reason in [
        ("mip quux", "unknown word 'quux'"),
        ("mip bo", "ends too early"),
        ("bo mip", "lacks an argument"),
        ("mip na", "nothing ends"),
        ("", "empty"),
    ]:
        value = machine.predict(x)
        assert isinstance(value, Undefined)
        assert reason in value.reason
        assert machine.explain(x) == value


def test_values_that_grow_too_large_are_no_answer() -> None:
    pairs = [("two up", "up up"), ("up", "up"), ("down", "down"), ("two down", "down down")]
    machine = nsr.Machine().fit(pairs * 2)
    assert len(machine.predict("two " * 8 + "up")) == 2**8
    for read in (machine.predict, machine.explain):
        found = read("two " * 40 + "up")
        assert isinstance(found, Undefined)
        assert "longer than 4096" in found.reason


def test_undefined_meanings_are_no_answer() -> None:
    machine = learnt("mixed")
    assert machine.predict("ni mip dax") == ("MIP",)
    machine._reader._plain["mip"] = ()  # type: ignore[union-attr]
    found = machine.predict("ni mip")
    assert isinstance(found, Undefined)
    assert "empty" in found.reason


def test_explanation_is_a_tree_with_pieces_symbols_and_values(machine: nsr.Machine) -> None:
    tree = machine.explain("mip su gi dax bo lug na")
    assert not isinstance(tree, Undefined)
    assert tree.value == machine.predict("mip su gi dax bo lug na") == ("DAX", "LUG", "LUG", "MIP")
    assert (tree.symbol, tree.piece) == ("_ su _", (0, 7))
    assert [(n.symbol, n.piece) for n in tree.children] == [("mip", (0, 1)), ("gi _ na", (2, 7))]
    assert tree.graph().number_of_nodes() == tree.size == 6


def test_many_inputs_and_text_or_tokens(machine: nsr.Machine) -> None:
    assert machine.predict(["mip", ("mip", "su", "dax")]) == [("MIP",), ("DAX", "MIP")]


def test_a_word_never_seen_stands_for_itself_where_all_plain_words_do() -> None:
    words = [f"k{i}" for i in range(20)]
    rng = random.Random(1)
    data = []
    for _ in range(200):
        a, b = rng.sample(words, 2)
        data += [((a, "su", b), (b, a)), ((a, "fe"), (a, a))]
    machine = nsr.Machine().fit(data)
    assert machine.exact_ == 1.0
    assert machine.predict("new su k1") == ("k1", "new")


def test_what_was_saved_is_loaded(machine: nsr.Machine, tmp_path: Path) -> None:
    machine.save(tmp_path / "model")
    again = nsr.load(tmp_path / "model")
    assert again.exact_ == machine.exact_
    assert again.lexicon_ == machine.lexicon_
    for x, y in pairs("brackets", 50, depth=4, seed=11):
        assert again.predict(x) == machine.predict(x) == y


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "other"}, "expected an object with format"),
        ({"version": 9}, "expected version 1, got 9"),
        ({"entries": 3}, "not a model"),
        ({"plain": {"a": 3}}, "expected tokens"),
        ({"domain": "nowhere"}, "unknown domain"),
        ({"entries": [{"word": "a", "pattern": "ww"}]}, "not a model"),
    ],
)
def test_corrupt_and_foreign_models_give_one_error(
    machine: nsr.Machine, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    machine.save(tmp_path)
    file = tmp_path / "machine.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(InputError, match=message) as caught:
        nsr.load(tmp_path)
    assert "machine.json" in str(caught.value)


def test_bad_programs_in_a_model_are_refused(machine: nsr.Machine, tmp_path: Path) -> None:
    machine.save(tmp_path)
    file = tmp_path / "machine.json"
    file.write_text(file.read_text().replace("concat(", "conquer("))
    with pytest.raises(InputError, match="not a usable model"):
        nsr.load(tmp_path)


def test_misuse_is_told() -> None:
    with pytest.raises(UnknownNameError):
        nsr.Machine(domain="nowhere")
    with pytest.raises(DeclinedError, match="no space for entries"):
        nsr.Machine(domain="grids")
    with pytest.raises(NsrError, match="learnt nothing yet"):
        nsr.Machine().predict("mip")
    with pytest.raises(InputError, match="no pairs"):
        nsr.Machine().fit([])
    with pytest.raises(InputError, match="pair 2: the input is empty"):
        nsr.Machine().fit([("a", "A"), ("", "A")])
    with pytest.raises(InputError, match="pair 1: expected tokens"):
        nsr.Machine().fit([(3, "A")])  # type: ignore[list-item]
    assert len(NOUNS) == 5


# -- numbers ------------------------------------------------------------------------------------
def _sum(rng: random.Random, depth: int) -> tuple[tuple[str, ...], int]:
    """`mo` multiplies and binds tighter than `pu` (plus) and `ku` (minus, not below 0)."""

    def atom() -> tuple[tuple[str, ...], int]:
        if depth and rng.random() < 0.4:
            x, a = _sum(rng, depth - 1)
            return ("gi", *x, "na"), a
        number = rng.randrange(6)
        return (f"n{number}",), number

    def product() -> tuple[tuple[str, ...], int]:
        x, a = atom()
        if rng.random() < 0.4:
            y, b = atom()
            x, a = (*x, "mo", *y), a * b
        return x, a

    x, a = product()
    for _ in range(rng.randint(0, 2)):
        word = rng.choice(["pu", "ku"])
        y, b = product()
        x, a = (*x, word, *y), a + b if word == "pu" else max(0, a - b)
    return x, a


@pytest.fixture(scope="module")
def numbers() -> nsr.Machine:
    rng = random.Random(2)
    return nsr.Machine(domain="integers").fit([_sum(rng, 1) for _ in range(800)])


def test_arithmetic_is_learnt_from_zero_and_successor(numbers: nsr.Machine) -> None:
    assert numbers.exact_ == 1.0
    rng = random.Random(3)
    test = [_sum(rng, 3) for _ in range(100)]
    assert max(len(x) for x, _ in test) > 25
    assert [numbers.predict(x) for x, _ in test] == [y for _, y in test]
    assert "recur" in numbers.program("mo")
    assert numbers.predict("n1 pu what") == Undefined("unknown word 'what'")


@pytest.mark.parametrize("hidden", [{"n3", "n5"}, pytest.param({"n1"}, marks=pytest.mark.slow)])
def test_numbers_that_never_stand_alone_are_found(hidden: set[str]) -> None:
    rng = random.Random(2)
    data = [_sum(rng, 1) for _ in range(800)]
    rest = [(x, y) for x, y in data if len(x) > 1 or x[0] not in hidden]
    machine = nsr.Machine(domain="integers").fit(rest)
    assert machine.exact_ == 1.0
    assert {word: machine.predict(word) for word in hidden} == {w: int(w[1:]) for w in hidden}


def test_when_time_is_over_what_numbers_have_taught_so_far_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Learner, "_grow", _without_end)
    monkeypatch.setattr("nsr.abduction.numbers.LEARNING", 0.1)
    rng = random.Random(2)
    machine = nsr.Machine(domain="integers", seconds=150)
    machine.fit([_sum(rng, 1) for _ in range(800)])
    assert machine.exact_ > 0.9
    assert machine.predict("n2 pu n3") == 5


def _without_end(*_arguments: Any) -> Any:
    for _ in itertools.count():  # until the guard comes
        pass


@pytest.mark.parametrize(
    ("domain", "step"),
    [("integers", "curriculum.Learner._plain"), ("sequences", "learn._starts")],
)
def test_time_that_was_too_short_is_an_error(
    monkeypatch: pytest.MonkeyPatch, domain: str, step: str
) -> None:
    monkeypatch.setattr(f"nsr.abduction.{step}", _without_end)
    with pytest.raises(NsrError, match=r"nothing was learnt within 0\.5 seconds"):
        nsr.Machine(domain=domain, seconds=0.5).fit([("a", "1"), ("b", "2")])


@pytest.mark.parametrize("seconds", [None, 600.0])
def test_without_numbers_that_stand_alone_nothing_is_understood(seconds: float | None) -> None:
    said: list[str] = []
    machine = nsr.Machine(domain="integers", seconds=seconds)
    machine.fit([("a b", 1), ("b a", 2)] * 3, progress=said.append)
    assert machine.exact_ == 0.0
    assert said == ["no input of a single piece: nothing to begin with"]


def test_a_value_that_a_guard_interrupts_is_not_remembered_as_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    space = nsr.load_space("peano", "integers")
    meaning = number_meaning(space, space.parse("inc(x0)", goal="int", inputs=["int"]))
    with monkeypatch.context() as patch:
        patch.setattr("nsr.executor.Executor.run", _interrupted)
        with pytest.raises(LimitReached):
            meaning(1)
    assert meaning(1) == 2


def _interrupted(*_arguments: Any, **_options: Any) -> None:
    raise LimitReached("seconds")


@pytest.mark.parametrize(("looks", "exact"), [(1, False), (3, True)])
def test_counterexamples_mend_levels_that_a_sample_does_not_show(
    monkeypatch: pytest.MonkeyPatch, looks: int, exact: bool
) -> None:
    monkeypatch.setattr("nsr.abduction.numbers.LONGEST", 3)  # a sample without nested strings
    monkeypatch.setattr("nsr.abduction.numbers.LOOKS", looks)
    rng = random.Random(2)
    machine = nsr.Machine(domain="integers").fit([_sum(rng, 1) for _ in range(500)])
    assert (machine.exact_ == 1.0) == exact


@pytest.mark.parametrize(
    "options", [{"seconds": s} for s in (0, -1, float("nan"), "1", True)] + [{"seed": -1}]
)
def test_limits_and_seeds_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"expected (seconds above 0|a seed of at least 0), got"):
        nsr.Machine(**options)


def test_numbers_are_saved_and_read(numbers: nsr.Machine, tmp_path: Path) -> None:
    numbers.save(tmp_path)
    again = nsr.load(tmp_path)
    assert again.lexicon_ == numbers.lexicon_
    assert again.predict("n5 mo gi n4 pu n3 na") == 35
    assert nsr.Machine(domain="integers").read("12", "here") == 12
    with pytest.raises(InputError, match="pair 1: expected an integer of at least 0, got '-3'"):
        nsr.Machine(domain="integers").fit([("a", "-3")])
    with pytest.raises(InputError, match=r"integer below 10\^18, got 1000000000000000000"):
        nsr.Machine(domain="integers").fit([("a", 10**18)])
    with pytest.raises(InputError, match="of at most 18 digits, got '1000000000000000000'"):
        nsr.Machine(domain="integers").fit([("a", str(10**18))])
    assert nsr.Machine(domain="integers").fit([("a", np.int64(3))] * 4).predict("a") == 3


# -- official data, where it is there -----------------------------------------------------------
def _folder(name: str) -> Path:
    folder = Path(os.environ.get("NSR_DATA", "")) / name
    if "NSR_DATA" not in os.environ or not folder.is_dir():
        pytest.skip(f"NSR_DATA does not hold {name}")
    return folder


def _scan(split: str) -> tuple[list[Pair], list[Pair]]:
    folder = _folder("scan")
    with gzip.open(folder / "tasks.txt.gz", "rt") as file:
        lines = [line.strip().removeprefix("IN: ").split(" OUT: ") for line in file]
    rows = [(tuple(x.split()), tuple(y.split())) for x, y in lines]

    def part(name: str) -> list[Pair]:
        with gzip.open(folder / "splits" / f"{split}_{name}.txt.gz", "rt") as file:
            return [rows[int(line)] for line in file]

    return part("train"), part("test")


def _pcfg(split: str) -> tuple[list[Pair], list[Pair]]:
    with gzip.open(_folder("pcfg") / "pool.tsv.gz", "rt") as file:
        head, *lines = [line.rstrip("\n").split("\t") for line in file]
    column = head.index(split)

    def part(name: str) -> list[Pair]:
        return [(tuple(r[0].split()), tuple(r[1].split())) for r in lines if r[column] == name]

    return part("train"), part("test")


def test_official_expressions() -> None:
    numpy = pytest.importorskip("numpy")
    folder = _folder("hint")
    train, test = (numpy.load(folder / f"{name}.npz") for name in ("train", "test"))

    def part(data, count: int):  # type: ignore[no-untyped-def]
        texts, values = data["expr"], data["value"]
        rows = numpy.random.default_rng(0).permutation(len(texts))[:count]
        return [(tuple(texts[i].decode()), int(values[i])) for i in rows]

    machine = nsr.Machine(domain="integers").fit(part(train, 20_000))
    assert machine.exact_ == 1.0
    assert all(machine.predict(x) == y for x, y in part(test, 2_000))


@pytest.mark.parametrize(
    ("source", "split"),
    [
        (_scan, "simple_p1"),
        (_scan, "length"),
        (_scan, "addprim_jump"),
        (_scan, "template_around_right"),
        (_pcfg, "productivity"),
    ],
)
def test_official_splits(source, split: str) -> None:  # type: ignore[no-untyped-def]
    train, test = source(split)
    machine = nsr.Machine(seed=3).fit(train)
    assert machine.exact_ == 1.0
    assert sum(machine.predict(x) == y for x, y in test) == len(test)
