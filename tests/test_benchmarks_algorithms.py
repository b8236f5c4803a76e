"""The list algorithms are what they say, and their examples are what was asked for."""

from __future__ import annotations

import doctest
from collections import Counter
from typing import Any

import numpy as np
import pytest

from benchmarks.suites import algorithms, get_suite
from benchmarks.suites._algorithms import inputs as drawing
from benchmarks.suites.algorithms import ALGORITHMS, FAMILIES, LONGEST_TRAINED, TESTS
from nsr.domains.sequences import SEQUENCES
from nsr.errors import InputError, UnknownNameError

LEAF = "-1 4 -1 -2 -1 -2 -2"
TREE = "-1 1 -1 2 -1 -2 -1 3 -1 -2 -1 -2 -2 -2 -1 4 -1 -2 -1 -2 -2 -2"
"""1 with 2 on its left, whose right child is 3, and 4 on its right."""

# Arguments and output, parted by "|"; a list is in brackets.
BY_HAND: dict[str, tuple[str, str]] = {
    # classic
    "copy": ("[3 1 2] | [3 1 2]", "[0] | [0]"),
    "reverse": ("[3 1 2] | [2 1 3]", "[5 5 0] | [0 5 5]"),
    "sort": ("[3 1 2 1] | [1 1 2 3]", "[9] | [9]"),
    "count": ("[3 1 3] | 2", "[5 0 1] | 0"),
    "mode": ("[1 2 2 0] | 2", "[4] | 4"),
    "parity": ("[1 0 1 1] | 1", "[0 1 1] | 0"),
    "sum_mod_10": ("[9 9 5] | 3", "[5 5] | 0"),
    "addition": ("[9 9] [5] | [1 0 4]", "[1 2] [3 0] | [4 2]"),
    "addition_reversed": ("[9 9] [5] | [4 0 1]", "[2 1] [0 3] | [2 4]"),
    "binary_successor": ("[1 1 1] | [1 0 0 0]", "[1 0 1] | [1 1 0]"),
    "pre_order": (f"[{TREE}] | [1 2 3 4]", f"[{LEAF}] | [4]"),
    "in_order": (f"[{TREE}] | [2 3 1 4]", f"[{LEAF}] | [4]"),
    "polynomial": ("[1 2 3] 2 | 11", "[5 0] -3 | -15"),
    "dedupe": ("[2 1 2 3 1] | [2 1 3]", "[0 0] | [0]"),
    "running_maximum": ("[1 3 2 5 4] | [1 3 3 5 5]", "[7 0] | [7 7]"),
    # development
    "even_pairs": ("[0 1 1 0] | True", "[1 0] | False"),
    "mod_arith": ("[1 5 2 7 3] | 2", "[1 6 1 6 1] | 4"),
    "cycle_nav": ("[1 1 0 2 1 1 1] | 4", "[2 2] | 3"),
    "dyck": ("[0 0 1 0 1 1] | True", "[0 1 1 0] | False"),
    "max_depth": ("[0 0 1 0 0 1 1 1] | 3", "[0 1 0 1] | 1"),
    "cumulative_parity": ("[1 0 1 1] | [1 1 0 1]", "[0 0] | [0 0]"),
    "sub_msd": ("[1 0 0] [1] | [9 9]", "[4 2] [4 2] | [0]"),
    "digit_times_number": ("7 [1 5] | [1 0 5]", "0 [4 2] | [0]"),
    "number_times_number": ("[1 2] [3 4] | [4 0 8]", "[0] [9 9] | [0]"),
    "binary_value": ("[1 0 1 1] | 11", "[0 0] | 0"),
    "duplicate": ("[1 2] | [1 2 1 2]", "[7] | [7 7]"),
    "palindrome": ("[1 2 2 1] | True", "[1 2 1 1] | False"),
    "second_max": ("[3 9 7] | 7", "[8 1 8] | 8"),
    "squeeze": ("[1 1 2 1 1] | [1 2 1]", "[0 0 0] | [0]"),
    "kadane": ("[2 -3 4 -1 2 -9] | 5", "[-2 -1] | 0"),
    "post_order": (f"[{TREE}] | [3 2 4 1]", f"[{LEAF}] | [4]"),
    "rotate": ("[1 2 3] | [2 3 1]", "[1] | [1]"),
    "filter_below": ("3 [5 1 3 2] | [1 2]", "0 [0 1] | []"),
    "sort_descending": ("[3 1 2 3] | [3 3 2 1]", "[0 9] | [9 0]"),
    "frequency_list": ("[1 2 1] | [2 1 2]", "[0] | [1]"),
    "odds_first": ("[1 2 3 4 5] | [1 3 5 2 4]", "[7 8] | [7 8]"),
    "swap_pairs": ("[1 2 3 4 5] | [2 1 4 3 5]", "[7] | [7]"),
    "interleave": ("[1 2] [3 4] | [1 3 2 4]", "[0] [9] | [0 9]"),
    "count_distinct": ("[1 2 1 3] | 3", "[0 0] | 1"),
    "remove_first": ("2 [1 2 3 2] | [1 3 2]", "4 [1 2] | [1 2]"),
    # held out: induction of list functions
    "remainders": ("[7 8 20] | [0 1 6]", "[3] | [3]"),
    "remainders_of_sorted": ("[8 3 14] | [3 1 0]", "[30 7] | [0 2]"),
    "take_distinct": ("[1 1 2 1 3] | [1 1 2]", "[5 5] | [5]"),
    "flag_odd": ("[4 7] | [4 0 7 1]", "[0] | [0 0]"),
    "small_or_one_more": ("[9 11 8 12 16] | [11 8 16]", "[10] | []"),
    "alternate_ends": ("[1 2 3 4] | [2 4 3 1]", "[5 9] | [9 5]"),
    "count_last_among_first": ("[3 1 1 0 1] | 2", "[0 2] | 0"),
    "reverse_plus_place": ("[5 6 7] | [7 7 7]", "[0 0] | [0 1]"),
    "eighth_or_99": ("[49 50 99] | [99 6 12]", "[80] | [10]"),
    "repeat_largest": ("[3 7 2] | [7 7]", "[0 9] | []"),
    "sum_of_smallest": ("2 [5 1 3] | 4", "0 [5] | 0"),
    "best_score": ("[1 2] [9 0] | 12", "[0 0] [1 5] | 5"),
    "least_reduced_sum": ("[3 5] [4 1] | 4", "[1] [1] | 0"),
    "gains_over_mirror": ("[1 5 4] | 3", "[2 2] | 0"),
    "all_last": ("[1 2 3] | [3 3 3]", "[8] | [8]"),
    "append": ("4 [1 2] | [1 2 4]", "0 [0] | [0 0]"),
    "concat": ("[1 2] [3] | [1 2 3]", "[0] [0 1] | [0 0 1]"),
    "largest": ("[4 90 17] | 90", "[0] | 0"),
    "increment_tree": (f"[{LEAF}] | [-1 5 -1 -2 -1 -2 -2]", "[-1 -2] | [-1 -2]"),
    "run_length_encode": ("[1 1 0 2 2 2] | [2 1 1 0 3 2]", "[0] | [1 0]"),
    "run_length_decode": ("[2 7 1 0] | [7 7 0]", "[3 3] | [3 3 3]"),
    "repeat_items": ("2 [3 4] | [3 3 4 4]", "0 [1] | []"),
    "drop_every": ("3 [1 2 3 4 5 6 7] | [1 2 4 5 7]", "1 [4 4] | []"),
    "remove_at": ("1 [5 6 7] | [5 7]", "2 [5 6] | [5 6]"),
    # held out: sequence models, textbooks
    "stack_manipulation": ("[0 1 1 0 4 2 2] | [1 1 0]", "[1 2 2 3] | [0]"),
    "missing_duplicate": ("[1 0 2 1 0 1] | 1", "[0 1 0 2] | 1"),
    "square_root": ("[1 0 0 0 1] | [1 0 0]", "[0] | [0]"),
    "bracketed_arithmetic": ("[8 8 1 6 3 9 7 4 9] | 2", "[3] | 3"),
    "double_histogram": ("[0 1 1 2] | [2 1 1 2]", "[3 3] | [1 1]"),
    "by_frequency": ("[0 1 1 2 2 3 3 3] | [3 1 2 0]", "[5] | [5]"),
    "shuffled_dyck": ("[0 2 1 3] | True", "[0 1 3 2] | False"),
    "count_up": ("3 6 | [3 4 5 6]", "9 9 | [9]"),
    "repeat_copy": ("3 [1 2] | [1 2 1 2 1 2]", "0 [5] | []"),
    "associative_recall": ("4 [1 4 2 4 3] | 2", "0 [0 0] | 0"),
    "priority_sort": ("[7 8 9] [2 0 1] | [8 9 7]", "[5 6] [1 1] | [5 6]"),
    "place_of_smallest": ("[3 1 2 1] | 1", "[0 9] | 0"),
    "binary_search": ("3 [1 3 3 5] | 1", "9 [1 2] | 2"),
    "median": ("[9 1 5] | 5", "[4 3 2 1] | 2"),
    "select_activities": ("[0 1 3] [3 2 5] | [0 1 1]", "[0] [1] | [1]"),
    "find_pattern": ("[1 2] [0 1 1 2 1 2] | 2", "[2] [0 1] | -1"),
    "common_length": ("[0 1 2 0] [1 0 0] | 2", "[0] [1 1] | 0"),
    "merge": ("[1 4] [2 3 9] | [1 2 3 4 9]", "[5] [5] | [5 5]"),
    "inversions": ("[3 1 2 1] | 4", "[1 1 2] | 0"),
    "next_larger": ("[2 1 3 3] | [3 3 -1 -1]", "[0] | [-1]"),
    "is_subsequence": ("[1 3] [1 2 3] | True", "[3 1] [1 2 3] | False"),
    "longest_run": ("[0 1 1 1 0 0] | 3", "[1 0] | 1"),
    "difference": ("[1 2 1 3] [2 5] | [1 1 3]", "[4] [4 1] | []"),
}


def read(text: str) -> Any:
    """Values of a line of `BY_HAND`."""
    for sign, instead in (("[", " [ "), ("]", " ] ")):
        text = text.replace(sign, instead)
    values: list[Any] = []
    inside: list[int] | None = None
    for word in text.split():
        if word == "[":
            inside = []
        elif word == "]":
            values.append(tuple(inside or ()))
            inside = None
        elif inside is not None:
            inside.append(int(word))
        else:
            values.append(word == "True" if word in ("True", "False") else int(word))
    return values


# -- the algorithms ------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["copy", "parity", "binary_successor"])
def test_no_test_is_a_training_input(name: str) -> None:
    data = algorithms.SUITE.load(f"classic/{name}-10000")
    known = {x for x, _ in data.train}
    assert len(data.train) == 10_000
    assert not any(x in known for pairs in data.tests.values() for x, _ in pairs)
    assert len(data.tests["10x"]) == 200
    fewer = algorithms.SUITE.load(f"classic/{name}")
    assert fewer.train == data.train[:100]
    assert fewer.tests["10x"] == data.tests["10x"]


def test_families() -> None:
    assert [len(FAMILIES[name]) for name in ("classic", "development", "held_out")] == [15, 25, 47]
    assert len(ALGORITHMS) == 87
    assert set(BY_HAND) == set(ALGORITHMS)


@pytest.mark.parametrize("name", BY_HAND)
@pytest.mark.parametrize("line", [0, 1])
def test_truth_by_hand(name: str, line: int) -> None:
    given, wanted = (read(part) for part in BY_HAND[name][line].split("|"))
    output = ALGORITHMS[name].truth(*given)
    assert [output] == wanted
    assert type(output) is type(wanted[0])


@pytest.mark.parametrize("algorithm", ALGORITHMS.values(), ids=lambda a: a.name)
def test_every_algorithm_says_what_it_is(algorithm: algorithms.Algorithm) -> None:
    assert algorithm.says.endswith(".")
    assert algorithm.source
    assert algorithm.split.startswith(f"{algorithm.family}/")
    types = {*algorithm.input_types, algorithm.output_type}
    assert types <= {"int", "ints", "bool"} <= set(SEQUENCES.types)


# -- examples ------------------------------------------------------------------------------------
def size(inputs: tuple[Any, ...], output: Any) -> int:
    """Items of the longest list among the inputs, else of the output."""
    lists = [len(x) for x in inputs if isinstance(x, tuple)]
    return max(lists, default=0) or len(output)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_examples(name: str) -> None:
    algorithm = ALGORITHMS[name]
    train = algorithms.examples(name, seed=3)
    tests = {test: algorithms.questions(name, length, 40, seed=3) for test, length in TESTS.items()}
    assert len(train) == len({inputs for inputs, _ in train}) == 100
    sizes = [size(*pair) for pair in train]
    assert max(sizes) > min(sizes)
    longest = max(sizes)
    assert longest <= 5 * LONGEST_TRAINED + 2
    known = {inputs for inputs, _ in train}
    for test, length in TESTS.items():
        assert len({inputs for inputs, _ in tests[test]}) == 40
        assert not known & {inputs for inputs, _ in tests[test]}
        factor = length / LONGEST_TRAINED
        assert max(size(*pair) for pair in tests[test]) >= 0.9 * factor * (longest - 2)
    for inputs, output in (*train, *(pair for pairs in tests.values() for pair in pairs)):
        types = (*algorithm.input_types, algorithm.output_type)
        for value, type_name in zip((*inputs, output), types, strict=True):
            assert SEQUENCES.type(type_name).contains(value)
            assert isinstance(value, bool) == (type_name == "bool")
        assert output == algorithm.truth(*inputs)
    for pairs in (train, tests["10x"]):
        common = Counter(output for _, output in pairs).most_common(1)[0][1]
        assert common <= 0.85 * len(pairs), "nearly always the same output"


def test_lengths_are_equally_likely() -> None:
    pairs = algorithms.examples("copy", 800)
    counts = Counter(len(xs) for (xs,), _ in pairs)
    assert sorted(counts) == list(range(1, 9))
    assert all(60 <= counts[n] <= 140 for n in range(3, 9))


def test_lists_of_two_lengths() -> None:
    pairs = algorithms.questions("addition", 80)
    assert all(max(len(xs), len(ys)) == 80 for (xs, ys), _ in pairs)
    assert any(len(xs) < 60 for (xs, _), _ in pairs)
    assert any(len(ys) < 60 for (_, ys), _ in pairs)


def test_seeds_and_prefixes() -> None:
    for name in ("sort", "in_order", "count_up"):
        first = algorithms.examples(name, seed=1)
        assert first == algorithms.examples(name, seed=1)
        assert first != algorithms.examples(name, seed=2)
        assert first[:20] == algorithms.examples(name, 20, seed=1)
        assert algorithms.questions(name, 16, seed=1) == algorithms.questions(name, 16, seed=1)
        assert algorithms.questions(name, 16, seed=1) != algorithms.questions(name, 16, seed=2)
    assert algorithms.examples("copy") != algorithms.examples("all_last")


def test_repeats_only_if_there_is_nothing_else() -> None:
    pairs = algorithms.examples("parity", 600)
    assert len(pairs) == 600
    assert 500 <= len({inputs for inputs, _ in pairs}) <= 510


@pytest.mark.parametrize("name", ALGORITHMS)
@pytest.mark.parametrize("noisy", [0, 1, 7])
def test_so_many_labels_are_wrong(name: str, noisy: int) -> None:
    algorithm = ALGORITHMS[name]
    clean = algorithms.examples(name, 50, seed=5)
    pairs = algorithms.examples(name, 50, seed=5, noisy=noisy)
    assert [inputs for inputs, _ in pairs] == [inputs for inputs, _ in clean]
    assert pairs == algorithms.examples(name, 50, seed=5, noisy=noisy)
    wrong = [output for inputs, output in pairs if output != algorithm.truth(*inputs)]
    assert len(wrong) == noisy
    assert all(SEQUENCES.type(algorithm.output_type).contains(output) for output in wrong)


def test_a_label_can_be_wrong_if_there_is_one_pair() -> None:
    for name in ("sort", "parity", "dyck"):
        ((inputs, output),) = algorithms.examples(name, 1, noisy=1)
        assert output != ALGORITHMS[name].truth(*inputs)


@pytest.mark.parametrize("noisy", [-1, 6])
def test_too_many_wrong_labels(noisy: int) -> None:
    with pytest.raises(InputError, match="expected 0 to 5 wrong labels"):
        algorithms.examples("sort", 5, noisy=noisy)


# -- the suite -----------------------------------------------------------------------------------
def test_names() -> None:
    assert algorithms.find("sort") is algorithms.find("classic/sort") is ALGORITHMS["sort"]
    for name in ("nonsense", "held_out/sort", "sort/sort", ""):
        with pytest.raises(UnknownNameError):
            algorithms.find(name)


def test_tasks_are_typed() -> None:
    task = algorithms.task("held_out/is_subsequence", 20)
    assert len(task.train) == 20
    assert task == task.typed(SEQUENCES)
    assert (task.input_types, task.output_type) == (("ints", "ints"), "bool")


def test_splits() -> None:
    suite = get_suite("algorithms")
    assert len(suite.splits) == 87
    data = suite.load("classic/sort", seed=4)
    assert data.train == algorithms.examples("sort", seed=4)
    assert {test: len(pairs) for test, pairs in data.tests.items()} == dict.fromkeys(
        algorithms.CURVE, 200
    )
    few = suite.load("classic/sort-20", seed=4)
    assert few.train == data.train[:20]
    assert few.tests == data.tests
    noisy = suite.load("classic/sort-50-noisy", seed=4)
    assert noisy.train == algorithms.examples("sort", 50, seed=4, noisy=1)
    for split in ("sort", "classic/sort-0", "classic/sort-noisy", "classic/sort-20-noise"):
        with pytest.raises(UnknownNameError):
            suite.load(split)


def test_examples_in_docstrings() -> None:
    assert doctest.testmod(algorithms).failed == 0


# -- generators ----------------------------------------------------------------------------------
def test_trees_and_brackets() -> None:
    rng = np.random.default_rng(0)
    for nodes in (0, 1, 5, 30):
        tokens = drawing.tree(rng, nodes)
        assert len(tokens) == 5 * nodes + 2
        assert unparsed(drawing.parsed(tokens)) == tokens
        assert ALGORITHMS["dyck"].truth(tuple(drawing.balanced(rng, nodes, 0, 1)))


def unparsed(tree: drawing.Tree) -> tuple[int, ...]:
    """The tokens of a tree."""
    if not tree:
        return (drawing.OPEN, drawing.CLOSE)
    value, left, right = tree
    return (drawing.OPEN, value, *unparsed(left), *unparsed(right), drawing.CLOSE)


def test_numerals_begin_with_a_zero_only_if_they_are_0() -> None:
    rng = np.random.default_rng(0)
    drawn = [drawing.numeral(rng, length) for length in (1, 2, 3) for _ in range(60)]
    assert (0,) in drawn
    assert all(digits[0] > 0 or digits == (0,) for digits in drawn)
    assert all(drawing.digits_of(drawing.value(digits)) == digits for digits in drawn)


def test_an_unknown_name_does_not_tell_those_held_out() -> None:
    with pytest.raises(UnknownNameError, match="classic/sort") as caught:
        algorithms.find("nothing")
    assert "held_out" not in str(caught.value)
