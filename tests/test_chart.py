"""The soft chart against brute force: every reading, one after the other."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsr.errors import InputError
from nsr.parsing.chart import Expectation, Grammar, Reading, Strings, abduce, decode, expect
from nsr.parsing.entries import ARITY, PATTERNS

V = 4
CLASSES = 3


@dataclasses.dataclass(frozen=True)
class Tree:
    """One reading: what it is made of, and which weights it multiplies."""

    weight: float
    value: int
    cls: int
    steps: tuple[tuple[int, int], ...]
    symbols: tuple[tuple[int, int], ...]
    attached: tuple[tuple[int, int, int], ...] = ()


def arguments(pattern: str, i: int, j: int) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """(head, literal, spans of the arguments): every way to lay a pattern over a span."""

    def lay(letters: str, at: int, marks: dict[str, int], spans: list[tuple[int, int]]):  # type: ignore[no-untyped-def]
        if not letters:
            if at == j:
                yield marks.get("w", -1), marks.get("v", -1), spans
        elif letters[0] == "_":
            for end in range(at + 1, j + 1):
                yield from lay(letters[1:], end, marks, [*spans, (at, end)])
        elif at < j:
            yield from lay(letters[1:], at + 1, {**marks, letters[0]: at}, spans)

    yield from lay(pattern, i, {}, [])


def trees(i: int, j: int, emissions: np.ndarray, grammar: Grammar) -> list[Tree]:
    found = []
    for s, pattern in enumerate(grammar.patterns):
        if not pattern:
            continue
        for head, close, spans in arguments(pattern, i, j):
            weight = grammar.share[s]
            symbols = []
            if head >= 0:
                weight = weight * emissions[head, s]
                symbols.append((head, s))
            if close >= 0:
                weight = weight * emissions[close, grammar.literals[s]]
                symbols.append((close, grammar.literals[s]))
            if weight == 0.0:
                continue
            parts = [trees(*span, emissions, grammar) for span in spans]
            for children in itertools.product(*parts):
                at = tuple(child.value for child in children)
                # Argument values that are undefined leave the value undefined.
                table = grammar.tables[s]
                value = -1 if -1 in at else int(table[at] if at else table)  # type: ignore[index]
                attached = [(s, k, child.cls) for k, child in enumerate(children)]
                found.append(
                    Tree(
                        weight
                        * math.prod(child.weight for child in children)
                        * math.prod(grammar.attach[a] for a in attached),
                        value if value < V else -1,
                        grammar.classes[s],
                        (*(step for child in children for step in child.steps), (s, head)),
                        (*symbols, *(x for child in children for x in child.symbols)),
                        (*attached, *(x for child in children for x in child.attached)),
                    )
                )
    return found


def readings(emissions: np.ndarray, grammar: Grammar) -> list[Tree]:
    found = trees(0, len(emissions), emissions, grammar)
    return [dataclasses.replace(t, weight=t.weight * grammar.top[t.cls]) for t in found]


def random_grammar(rng: np.random.Generator, patterns: list[str]) -> Grammar:
    """Random tables and weights, with zeros and undefined values among them."""
    symbols = ["", "w", "w", *patterns]
    count = len(symbols)
    attach = rng.random((count, 2, CLASSES)) * (rng.random((count, 2, CLASSES)) > 0.2)
    tables: list[int | np.ndarray] = []
    for pattern in symbols:
        arity = ARITY[pattern] if pattern else 0
        table = rng.integers(-1, V + 1, (V,) * arity).astype(np.int32)
        tables.append(table if arity else int(table))
    tables[1] = int(rng.integers(0, V))
    return Grammar(
        symbols,
        [int(rng.integers(0, count)) if "v" in p else -1 for p in symbols],
        [int(rng.integers(0, CLASSES)) if p else -1 for p in symbols],
        tables,
        attach,
        rng.random(CLASSES),
        rng.random(count),
    )


def random_strings(
    rng: np.random.Generator, lengths: list[int], symbols: int, sparse: float
) -> tuple[Strings, np.ndarray]:
    emissions = rng.random((sum(lengths), symbols)) * (rng.random((sum(lengths), symbols)) > sparse)
    return Strings(np.cumsum([0, *lengths])), emissions.astype(np.float32)


CASES = given(
    seed=st.integers(0, 10**6),
    patterns=st.lists(st.sampled_from(PATTERNS[1:]), min_size=1, max_size=3),
    lengths=st.lists(st.integers(0, 5), min_size=1, max_size=2),
    sparse=st.sampled_from((0.0, 0.5, 0.8)),
)


def setup(seed: int, patterns: list[str], lengths: list[int], sparse: float):  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(seed)
    # Brute force takes long where everything can be everything.
    lengths = [min(n, 4) for n in lengths] if sparse == 0.0 else lengths
    grammar = random_grammar(rng, patterns)
    strings, emissions = random_strings(rng, lengths, len(grammar.patterns), sparse)
    parts = [emissions[a:b] for a, b in itertools.pairwise(strings.offset)]
    return grammar, strings, emissions, [readings(e, grammar) if len(e) else [] for e in parts]


def log(weight: float) -> float:
    return math.log(weight) if weight > 0 else -math.inf


@settings(max_examples=60, deadline=None)
@CASES
def test_expectations_are_those_of_all_readings(
    seed: int, patterns: list[str], lengths: list[int], sparse: float
) -> None:
    grammar, strings, emissions, everything = setup(seed, patterns, lengths, sparse)
    values = np.random.default_rng(seed + 1).integers(0, V, len(strings))
    for n, found in enumerate(everything):
        heavy = [t for t in found if t.value >= 0 and t.weight > 0]
        if heavy:
            values[n] = heavy[seed % len(heavy)].value
    got = expect(strings, emissions, values, grammar, beam=0.0)
    attach, top = np.zeros_like(grammar.attach), np.zeros(CLASSES)
    share, posterior = np.zeros(len(grammar.share)), np.zeros(emissions.shape)
    for n, found in enumerate(everything):
        right = [t for t in found if t.value == values[n]]
        total = sum(t.weight for t in right)
        assert got.log_right[n] == pytest.approx(log(total), rel=1e-6)
        assert got.log_all[n] == pytest.approx(
            log(sum(t.weight for t in found if t.value >= 0)), rel=1e-6
        )
        for t in right if total > 0 else []:
            p = t.weight / total
            top[t.cls] += p
            for a in t.attached:
                attach[a] += p
            for s, _ in t.steps:
                share[s] += p
            for position, s in t.symbols:
                posterior[strings.offset[n] + position, s] += p
    np.testing.assert_allclose(got.attach, attach, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(got.top, top, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(got.share, share, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(got.posterior, posterior, rtol=1e-5, atol=1e-6)


def check_reading(got: Reading, best: list[Tree], grammar: Grammar) -> None:
    """It is one of the heaviest readings, and says so."""
    if not best or max(t.weight for t in best) <= 0:
        assert got.score == -math.inf
        assert got.steps == []
        assert (got.symbols == -1).all()
        return
    weight = max(t.weight for t in best)
    assert got.score == pytest.approx(math.log(weight), rel=1e-6, abs=1e-6)
    same = [t for t in best if list(t.steps) == got.steps]
    symbols = [sorted(t.symbols) for t in same]
    assert list(enumerate(got.symbols.tolist())) in symbols
    chosen = same[symbols.index(list(enumerate(got.symbols.tolist())))]
    assert chosen.weight == pytest.approx(weight, rel=1e-5)


@settings(max_examples=40, deadline=None)
@CASES
def test_decode_finds_the_heaviest_reading(
    seed: int, patterns: list[str], lengths: list[int], sparse: float
) -> None:
    grammar, strings, emissions, everything = setup(seed, patterns, lengths, sparse)
    for got, found in zip(decode(strings, emissions, grammar), everything, strict=True):
        check_reading(got, found, grammar)


@settings(max_examples=60, deadline=None)
@CASES
def test_abduce_finds_the_heaviest_right_reading(
    seed: int, patterns: list[str], lengths: list[int], sparse: float
) -> None:
    grammar, strings, emissions, everything = setup(seed, patterns, lengths, sparse)
    for value in range(V):
        values = np.full(len(strings), value)
        for got, found in zip(abduce(strings, emissions, values, grammar), everything, strict=True):
            check_reading(got, [t for t in found if t.value == value], grammar)


# -- a language of numbers -------------------------------------------------------------------
def arithmetic(size: int = 101) -> Grammar:
    """Ten digits, four operators that bind as usual, and brackets."""
    a, b = np.meshgrid(np.arange(size), np.arange(size), indexing="ij")
    tables = [a + b, np.maximum(a - b, 0), a * b, -(-a // np.maximum(b, 1))]
    binary = [np.where(t < size, t, -1).astype(np.int32) for t in tables]
    attach = np.zeros((16, 2, 4))
    # Classes: plain, sums, products, brackets.
    attach[10:12] = [[0.6, 0.2, 0.1, 0.1], [0.8, 0.0, 0.1, 0.1]]
    attach[12:14] = [[0.8, 0.0, 0.1, 0.1], [0.9, 0.0, 0.0, 0.1]]
    attach[14, 0] = [0.02, 0.9, 0.04, 0.04]
    return Grammar(
        ["w"] * 10 + ["_w_"] * 4 + ["w_v", ""],
        [-1] * 14 + [15, -1],
        [0] * 10 + [1, 1, 2, 2, 3, -1],
        [*range(10), *binary, np.arange(size, dtype=np.int32), -1],
        attach,
        np.array([0.25, 0.4, 0.3, 0.05]),
        np.array([0.1] * 10 + [0.5] * 4 + [1.0, 1.0]),
    )


def expression(rng: np.random.Generator, operators: int, level: int = 0) -> list[int]:
    """Symbols of a random expression, with brackets where they are needed."""
    if operators == 0:
        return [int(rng.integers(0, 10))]
    op = int(rng.integers(10, 14))
    mine = (op - 10) // 2
    left = int(rng.integers(0, operators))
    found = [
        *expression(rng, left, mine),
        op,
        *expression(rng, operators - 1 - left, mine + 1),
    ]
    return [14, *found, 15] if mine < level else found


def evaluate(symbols: list[int], size: int | None = None) -> int:
    """The value, or -1 beyond the cap."""
    text = "".join("0123456789+-*/()"[s] for s in symbols)
    tokens = list(text)

    def product() -> int:
        found = atom()
        while tokens and tokens[0] in "*/":
            op = tokens.pop(0)
            other = atom()
            found = capped(found * other if op == "*" else -(-found // max(other, 1)))
        return found

    def total() -> int:
        found = product()
        while tokens and tokens[0] in "+-":
            op = tokens.pop(0)
            other = product()
            found = capped(found + other if op == "+" else max(found - other, 0))
        return found

    def atom() -> int:
        first = tokens.pop(0)
        if first != "(":
            return int(first)
        found = total()
        tokens.pop(0)
        return found

    def capped(value: int) -> int:
        if size is not None and value >= size:
            raise OverflowError
        return value

    try:
        return total()
    except OverflowError:
        return -1


def noisy(rng: np.random.Generator, truth: list[list[int]], wrong: float) -> np.ndarray:
    """Emissions: sure of the truth, but for some that are sure of something else."""
    flat = np.concatenate([np.array(t) for t in truth])
    emissions = np.full((len(flat), 16), 0.02 / 15, np.float32)
    emissions[np.arange(len(flat)), flat] = 0.98
    for t in np.flatnonzero(rng.random(len(flat)) < wrong):
        emissions[t] = 0.2 / 14
        emissions[t, rng.integers(0, 16)] = 0.6
        emissions[t, flat[t]] = 0.2
    return emissions


def sums(seed: int, count: int, operators: tuple[int, ...], wrong: float = 0.05):  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(seed)
    truth, values = [], []
    while len(truth) < count:
        one = expression(rng, operators[len(truth) % len(operators)])
        value = evaluate(one, 101)
        if value >= 0:
            truth.append(one)
            values.append(value)
    strings = Strings(np.cumsum([0, *map(len, truth)]))
    return truth, strings, noisy(rng, truth, wrong), np.array(values)


def test_posteriors_add_up_and_find_the_truth() -> None:
    truth, strings, emissions, values = sums(0, 300, (0, 1, 2, 3))
    got = expect(strings, emissions, values, arithmetic())
    rows = got.posterior.sum(1)
    right = np.repeat(np.isfinite(got.log_right), np.diff(strings.offset))
    np.testing.assert_allclose(rows[right], 1.0, atol=1e-4)
    assert (rows[~right] == 0.0).all()
    assert (got.log_right <= got.log_all + 1e-9).all()
    flat = np.concatenate(truth)
    seen = (emissions.argmax(1) == flat).mean()
    known = (got.posterior.argmax(1) == flat).mean()
    assert seen < 0.98 < known


def test_the_beam_changes_little() -> None:
    _, strings, emissions, values = sums(1, 100, (1, 2, 3))
    exact = expect(strings, emissions, values, arithmetic(), beam=0.0)
    close = expect(strings, emissions, values, arithmetic())
    np.testing.assert_allclose(close.log_right, exact.log_right, atol=1e-3)
    np.testing.assert_allclose(close.log_all, exact.log_all, atol=1e-3)
    np.testing.assert_allclose(close.posterior, exact.posterior, atol=1e-3)
    np.testing.assert_allclose(close.attach, exact.attach, atol=1e-2)


def test_the_beam_drops_no_way_to_make_the_right_value() -> None:
    emissions = np.full((3, 16), 1e-4, np.float32)
    emissions[[0, 1, 2], [1, 10, 1]] = 1.0
    strings, values = Strings(np.array([0, 3])), np.array([18])
    exact = expect(strings, emissions, values, arithmetic(), beam=0.0)
    close = expect(strings, emissions, values, arithmetic())
    assert exact.log_right[0] < exact.log_all[0] + math.log(1e-6)
    assert close.log_right[0] == pytest.approx(exact.log_right[0], abs=1e-6)
    assert close.posterior[[0, 2], 9] == pytest.approx([1.0, 1.0], abs=1e-3)


def test_counts_are_the_gradient() -> None:
    _, strings, emissions, values = sums(2, 20, (1, 2))
    grammar = arithmetic()

    def likelihood(attach: np.ndarray) -> float:
        changed = dataclasses.replace(grammar, attach=attach)
        return float(expect(strings, emissions, values, changed, beam=0.0).log_right.sum())

    counts = expect(strings, emissions, values, grammar, beam=0.0).attach
    for place in [(10, 0, 0), (10, 0, 2), (12, 1, 3), (14, 0, 1), (13, 0, 2)]:
        up, down = grammar.attach.copy(), grammar.attach.copy()
        up[place] *= math.exp(1e-4)
        down[place] *= math.exp(-1e-4)
        slope = (likelihood(up) - likelihood(down)) / 2e-4
        assert counts[place] == pytest.approx(slope, rel=1e-4, abs=1e-6)


def test_abduction_repairs_symbols() -> None:
    truth, strings, emissions, values = sums(3, 200, (1, 2, 3), wrong=0.1)
    grammar = arithmetic()
    found = abduce(strings, emissions, values, grammar)
    blind = decode(strings, emissions, grammar)
    assert all(math.isfinite(r.score) for r in found)
    assert all(r.score <= b.score + 1e-9 for r, b in zip(found, blind, strict=True))
    assert [evaluate(r.symbols.tolist()) for r in found] == values.tolist()
    with_value = sum(r.symbols.tolist() == t for r, t in zip(found, truth, strict=True))
    without = sum(r.symbols.tolist() == t for r, t in zip(blind, truth, strict=True))
    assert with_value > without


def test_long_strings_do_not_underflow() -> None:
    rng = np.random.default_rng(4)
    truth = [expression(rng, 30) for _ in range(20)]
    strings = Strings(np.cumsum([0, *map(len, truth)]))
    emissions = noisy(rng, truth, 0.0) * np.float32(1e-6)
    found = decode(strings, emissions, arithmetic())
    assert min(map(len, truth)) > 60
    assert all(math.isfinite(r.score) and r.score < -700 for r in found)
    assert all(r.symbols.tolist() == t for r, t in zip(found, truth, strict=True))
    one = Strings(strings.offset[:2])
    emissions = emissions[: len(truth[0])]
    grammar = arithmetic()
    right = abduce(one, emissions, np.array([0]), grammar)[0]
    got = expect(one, emissions, np.array([0]), grammar, beam=1e-4)
    assert math.isfinite(right.score)
    assert right.score < got.log_right[0] < -700
    np.testing.assert_allclose(got.posterior.sum(1), 1.0, atol=1e-3)


def test_results_are_the_same_again() -> None:
    _, strings, emissions, values = sums(5, 50, (1, 2, 3))
    one, two = (expect(strings, emissions, values, arithmetic()) for _ in range(2))
    for field in dataclasses.fields(Expectation):
        assert np.array_equal(getattr(one, field.name), getattr(two, field.name))


def test_a_value_that_cannot_be() -> None:
    _, strings, emissions, _ = sums(6, 3, (1, 2))
    got = expect(strings, emissions, np.array([101, 5000, -1]), arithmetic())
    assert (got.log_right == -np.inf).all()
    assert np.isfinite(got.log_all).all()
    assert not got.posterior.any()
    assert not got.attach.any()
    found = abduce(strings, emissions, np.array([101, 5000, -1]), arithmetic())
    assert all(r.score == -np.inf and (r.symbols == -1).all() for r in found)


def test_bad_input_is_named() -> None:
    _, strings, emissions, values = sums(7, 2, (1,))
    grammar = arithmetic()
    with pytest.raises(InputError, match="emissions"):
        decode(strings, emissions[:-1], grammar)
    with pytest.raises(InputError, match="negative"):
        decode(strings, -emissions, grammar)
    with pytest.raises(InputError, match="values"):
        expect(strings, emissions, values[:1], grammar)
    with pytest.raises(InputError, match="attach"):
        decode(strings, emissions, dataclasses.replace(grammar, attach=grammar.attach[:, :1]))
    with pytest.raises(InputError, match="pattern"):
        decode(strings, emissions, dataclasses.replace(grammar, patterns=["x"] * 16))
