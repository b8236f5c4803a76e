"""Fresh inputs of the kind seen: sizes, properties, determinism, shrinking."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsr.inputs import InputModel, Row
from nsr.inputs.brackets import Brackets

LISTS = st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=8).map(tuple), min_size=2)


def learnt(rows: list[Row]) -> InputModel:
    model = InputModel.learn(rows)
    assert model is not None
    return model


def random_lists(count: int, high: int = 9, seed: int = 0) -> list[tuple[int, ...]]:
    rng = np.random.default_rng(seed)
    return [tuple(rng.integers(0, high + 1, 1 + i % 8).tolist()) for i in range(count)]


def tree(rng: np.random.Generator, nodes: int) -> tuple[int, ...]:
    if not nodes:
        return (-1, -2)
    left = int(rng.integers(nodes))
    value = int(rng.integers(5))
    return (-1, value, *tree(rng, left), *tree(rng, nodes - 1 - left), -2)


@settings(max_examples=50, deadline=None)
@given(LISTS, st.integers(0, 3))
def test_fresh_inputs_are_new_admitted_and_repeatable(lists: list[Any], seed: int) -> None:
    rows = [(xs,) for xs in lists]
    model = InputModel.learn(rows, seed)
    assert model is not None
    fresh = model.sample(16, seed)
    assert fresh == learnt(rows).sample(16, seed) or seed
    assert len(set(fresh)) == len(fresh)
    assert not set(fresh) & set(rows)
    items = {x for xs in lists for x in xs}
    for (xs,) in fresh:
        assert model.admits((xs,))
        assert set(xs) <= items
        assert len(xs) >= min(map(len, lists))
    sizes = [model.size(row) for row in fresh]
    assert sizes == sorted(sizes)


@settings(max_examples=50, deadline=None)
@given(LISTS)
def test_all_seen_inputs_are_admitted(lists: list[Any]) -> None:
    model = learnt([(xs,) for xs in lists])
    assert all(model.admits((xs,)) for xs in lists)


def test_fresh_inputs_are_longer_and_shorter() -> None:
    model = learnt([(xs,) for xs in random_lists(30)])
    lengths = [len(xs) for (xs,) in model.sample(32)]
    assert min(lengths) <= 2
    assert 24 <= max(lengths) <= 40
    assert sum(model.is_larger(row) for row in model.sample(32)) >= 8


@pytest.mark.parametrize(
    ("make", "holds"),
    [
        (lambda xs: tuple(sorted(xs)), lambda xs: list(xs) == sorted(xs)),
        (lambda xs: tuple(dict.fromkeys(xs)), lambda xs: len(set(xs)) == len(xs)),
        (lambda xs: xs + xs[::-1], lambda xs: xs == xs[::-1]),
        (lambda xs: xs + xs[:1], None),
    ],
)
def test_properties_of_all_lists_are_kept(make: Any, holds: Any) -> None:
    lists = [make(xs) for xs in random_lists(40)]
    fresh = learnt([(xs,) for xs in lists]).sample(20)
    assert len(fresh) >= 5
    if holds is not None:
        assert all(holds(xs) for (xs,) in fresh)


def test_accidents_are_no_properties() -> None:
    rows: list[Row] = [((3, 1),), ((2,),), ((5, 4),)]
    lists = [xs for (xs,) in learnt(rows).sample(20)]
    assert any(list(xs) != sorted(xs, reverse=True) for xs in lists)


def test_lists_of_equal_length_stay_so() -> None:
    pairs = zip(random_lists(30), random_lists(30, seed=1), strict=True)
    model = learnt(list(pairs))
    fresh = model.sample(20)
    assert all(len(xs) == len(ys) for xs, ys in fresh)
    assert max(len(xs) for xs, _ in fresh) > 16
    longest = fresh[-1]
    assert all(len(xs) == len(ys) for xs, ys in model.smaller(longest))


def test_relations_of_arguments_stay() -> None:
    lists = random_lists(40)
    rng = np.random.default_rng(0)
    chosen = [(xs[int(rng.integers(len(xs)))], xs) for xs in lists]
    assert all(n in xs for n, xs in learnt(list(chosen)).sample(20))
    ordered = [
        tuple(sorted((a, b), key=lambda v: (len(v), v))) for a, b in itertools.pairwise(lists)
    ]
    fresh = learnt(list(ordered)).sample(20)
    assert fresh
    assert all((len(a), a) <= (len(b), b) for a, b in fresh)
    free = learnt([(int(rng.integers(10)), xs) for xs in lists]).sample(30)
    assert any(n not in xs for n, xs in free)


@pytest.mark.parametrize(("least", "beyond"), [(0, 0), (1, 1), (0, 1)])
def test_numbers_that_count_items_go_on_doing_so(least: int, beyond: int) -> None:
    """Places from 0, counts from 1, and places between items."""
    rng = np.random.default_rng(0)
    rows: list[Row] = []
    for xs in random_lists(60):
        rows.append((int(rng.integers(least, len(xs) + beyond)), xs))
    model = learnt(rows)
    fresh = model.sample(64, 0)
    assert len(fresh) > 32
    assert all(least <= n < len(xs) + beyond for n, xs in fresh)


def test_places_keep_their_items() -> None:
    rng = np.random.default_rng(0)
    rows: list[Row] = []
    for i in range(30):
        xs = rng.integers(0, 5, 1 + 2 * (i % 4))
        xs[1::2] += 5
        rows.append((tuple(xs.tolist()),))
    for (xs,) in learnt(rows).sample(20):
        assert len(xs) % 2 == 1
        assert all((x >= 5) == (i % 2 == 1) for i, x in enumerate(xs))


def test_trees_stay_trees() -> None:
    def size(items: tuple[int, ...], at: int = 0) -> int:
        assert items[at] == -1
        if items[at + 1] == -2:
            return at + 2
        assert items[at + 1] >= 0
        at = size(items, size(items, at + 2))
        assert items[at] == -2
        return at + 1

    rng = np.random.default_rng(0)
    model = learnt([(tree(rng, 1 + i % 6),) for i in range(25)])
    fresh = model.sample(20)
    assert max(len(items) for (items,) in fresh) > 60
    for (items,) in fresh:
        assert size(items) == len(items)
        for (smaller,) in itertools.islice(model.smaller((items,)), 20):
            assert size(smaller) == len(smaller)


def test_what_never_closes_too_early_never_does() -> None:
    rng = np.random.default_rng(0)
    lists = []
    for i in range(30):
        xs: list[int] = []
        for _ in range(1 + i % 8):
            xs.append(0 if xs.count(0) == xs.count(1) else int(rng.integers(2)))
        lists.append(tuple(xs))
    brackets = Brackets.learn(lists)
    assert brackets is not None
    assert (brackets.opening, brackets.closing, brackets.closed) == (0, 1, False)
    for (xs,) in learnt([(xs,) for xs in lists]).sample(20):
        assert all(xs[:i].count(0) >= xs[:i].count(1) for i in range(len(xs)))


def test_random_lists_have_no_brackets() -> None:
    assert Brackets.learn(random_lists(50)) is None


def test_numbers_alone_grow_and_keep_their_sign() -> None:
    numbers = [n for (n,) in learnt([(n,) for n in range(8)]).sample(20)]
    assert min(numbers) >= 0
    assert max(numbers) > 10
    beside = learnt([(n % 4, xs) for n, xs in enumerate(random_lists(20))])
    assert all(0 <= n <= 3 for n, _ in beside.sample(20))


def test_texts_keep_their_shapes() -> None:
    model = learnt([("ada lovelace",), ("alan turing",), ("kurt goedel",)])
    fresh = [text for (text,) in model.sample(20)]
    assert fresh
    assert all(len(text.split(" ")) == 2 and text.islower() for text in fresh)
    assert max(map(len, fresh)) > len("ada lovelace")


def test_other_values_have_no_model() -> None:
    assert InputModel.learn([(np.zeros((1, 1)),)]) is None
    assert InputModel.learn([(None,), (None,)]) is None
    assert InputModel.learn([(((1,), "x"),)]) is None


def test_smaller_inputs_lead_to_small_ones() -> None:
    model = learnt([(xs, ys) for xs, ys in itertools.pairwise(random_lists(20))])
    row = model.sample(8)[-1]
    for _ in range(200):
        found = next(iter(model.smaller(row)), None)
        if found is None:
            break
        row = found
    assert model.size(row) <= 4
