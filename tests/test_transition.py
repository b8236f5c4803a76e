"""The neural parser: what it builds, what it learns, its files."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nsr
from nsr.errors import InputError, NsrError
from nsr.parsing.compiled import Roles, Steps
from nsr.parsing.entries import PATTERNS
from nsr.parsing.states import JOIN, SHIFT, Progress, Transitions
from nsr.parsing.transition import TransitionParser
from nsr.values import Undefined
from tests.languages import pairs

# One word for each pattern with arguments, then the literals 8 and 9, then the hidden word.
ROLES = Roles(
    [*range(1, 9), -1, -1, 9],
    [-1, -1, -1, -1, -1, 8, 9, 8, -1, -1, -1],
)
HIDDEN = len(ROLES.patterns) - 1
PLAIN = HIDDEN + 1


def tree(rng: random.Random, depth: int, at: int = 0) -> tuple[list[int], Steps]:
    """A random tree over all patterns: its tokens, and its steps from position `at` on."""
    word = rng.choice([*range(8), HIDDEN]) if depth else PLAIN
    if word == PLAIN or rng.random() < 0.2:
        word = PLAIN + rng.randint(0, 2)
        return [word], [(word, at)]
    tokens: list[int] = []
    steps: Steps = []
    place = -1
    for letter in PATTERNS[ROLES.patterns[word]]:
        here = at + len(tokens)
        if letter == "w":
            place = here
            tokens.append(word)
        elif letter == "v":
            tokens.append(ROLES.literals[word])
        else:
            more, inner = tree(rng, depth - 1, here)
            tokens += more
            steps += inner
    return tokens, [*steps, (word, place)]


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 10**6), depth=st.integers(0, 4))
def test_the_oracle_builds_every_tree(seed: int, depth: int) -> None:
    transitions = Transitions(ROLES)
    tokens, steps = tree(random.Random(seed), depth)
    found = transitions.oracle(tokens, steps)
    assert all(transitions.allowed(state)[action] for state, action in found)
    assert sum(action == SHIFT for _, action in found) == len(tokens)
    assert sum(action == JOIN for _, action in found) == sum(w == HIDDEN for w, _ in steps)
    parse = Progress(transitions, tokens)
    for state, action in found:
        assert not parse.finished
        assert parse.state() == state
        parse.do(action)
    assert parse.finished
    assert parse.steps() == steps


def test_trees_that_do_not_fit_are_refused() -> None:
    transitions = Transitions(ROLES)
    for tokens, steps in [
        ([PLAIN], [(0, 0)]),
        ([0, PLAIN], [(PLAIN, 1)]),
        ([PLAIN, PLAIN], [(PLAIN, 0), (PLAIN, 1)]),
        ([2, PLAIN], [(PLAIN, 1), (2, 0)]),
    ]:
        with pytest.raises(InputError, match="does not fit"):
            transitions.oracle(tokens, steps)


def reader_of(language: str):  # type: ignore[no-untyped-def]
    machine = nsr.Machine().fit(pairs(language, 300, depth=3, seed=0))
    assert machine._reader is not None
    return machine._reader


def trees_of(reader, phrases):  # type: ignore[no-untyped-def]
    found = []
    for x in phrases:
        numbers = reader.numbers(x)
        found.append((numbers, reader.parser(numbers)))
    return found


@pytest.mark.parametrize("language", ["brackets", "infix", "postfix", "prefix"])
def test_it_parses_longer_sentences_as_the_machine_does(language: str) -> None:
    reader = reader_of(language)
    train = [x for x, _ in pairs(language, 300, depth=3, seed=0)]
    parser = TransitionParser(reader.roles).fit(trees_of(reader, train))
    longer = pairs(language, 200, depth=4, seed=7, longest=40)
    assert max(len(x) for x, _ in longer) > max(map(len, train))
    right = sum(parser(n) == steps for n, steps in trees_of(reader, [x for x, _ in longer]))
    assert right >= 0.97 * len(longer)
    reader.parser = parser
    meant = sum(reader.value(x) == y for x, y in longer)
    assert meant >= 0.97 * len(longer)


@pytest.fixture(scope="module")
def known():  # type: ignore[no-untyped-def]
    reader = reader_of("brackets")
    trees = trees_of(reader, [x for x, _ in pairs("brackets", 300, depth=3, seed=0)])
    return reader, trees, TransitionParser(reader.roles).fit(trees)


def test_words_of_one_category_are_parsed_alike(known) -> None:  # type: ignore[no-untyped-def]
    reader, trees, parser = known
    plain = len(reader.roles.patterns)
    for numbers, steps in trees[:50]:
        other = [n + 7 if n >= plain else n for n in numbers]
        expected = [(w + 7 if w >= plain else w, at) for w, at in steps]
        assert parser(other) == expected


def test_a_beam_finds_what_is_at_least_as_heavy(known) -> None:  # type: ignore[no-untyped-def]
    reader, trees, parser = known
    wide = TransitionParser(reader.roles, beam=6)
    wide._set(parser.weights_)
    for numbers, _ in trees[:100]:
        one, many = parser(numbers), wide(numbers)
        assert weight(parser, numbers, many) >= weight(parser, numbers, one) - 1e-9


def weight(parser: TransitionParser, numbers: list[int], steps: Steps | Undefined) -> float:
    if isinstance(steps, Undefined):
        return -np.inf
    oracle = parser.transitions.oracle(numbers, steps)
    return sum(parser.log_weights(state)[action] for state, action in oracle)


def test_what_does_not_come_together_has_no_reading(known) -> None:  # type: ignore[no-untyped-def]
    reader, trees, parser = known
    numbers = max((n for n, _ in trees), key=len)
    wide = TransitionParser(reader.roles, beam=4)
    wide._set(parser.weights_)
    for broken in ([], [*numbers[:-1], 0], [0], [n for n in numbers if n < len(trees)][:1] * 3):
        for one in (parser, wide):
            found = one(broken)
            if isinstance(found, Undefined):
                assert found.reason.startswith("no reading")
            else:
                parser.transitions.oracle(broken, found)
    assert isinstance(parser([]), Undefined)
    assert isinstance(wide([0]), Undefined)


def test_same_seed_same_parser(known) -> None:  # type: ignore[no-untyped-def]
    reader, trees, parser = known
    again = TransitionParser(reader.roles).fit(trees)
    other = TransitionParser(reader.roles, seed=1).fit(trees)
    for name, value in parser.weights_.items():
        assert np.array_equal(value, again.weights_[name])
    assert not np.array_equal(parser.weights_["embedding"], other.weights_["embedding"])


def test_what_was_saved_is_loaded(known, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    _, trees, parser = known
    parser.save(tmp_path)
    again = TransitionParser.load(tmp_path)
    assert again.transitions.roles == parser.transitions.roles
    for numbers, _ in trees[:50]:
        assert again(numbers) == parser(numbers)


def test_what_is_no_parser_is_named(known, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    _, _, parser = known
    with pytest.raises(InputError, match="cannot read"):
        TransitionParser.load(tmp_path)
    parser.save(tmp_path)
    text = (tmp_path / "parser.json").read_text()
    model = json.loads(text)
    for broken in (
        "[]",
        "{",
        json.dumps({**model, "format": "other"}),
        json.dumps({**model, "version": 2}),
        json.dumps({**model, "width": 3}),
        json.dumps({**model, "patterns": ["x"]}),
        json.dumps({**model, "literals": []}),
    ):
        (tmp_path / "parser.json").write_text(broken)
        with pytest.raises(InputError, match="not a parser"):
            TransitionParser.load(tmp_path)
    (tmp_path / "parser.json").write_text(text)
    (tmp_path / "parser.safetensors").write_bytes(b"nothing")
    with pytest.raises(InputError, match="not a parser"):
        TransitionParser.load(tmp_path)


def test_nothing_learnt_is_said() -> None:
    with pytest.raises(NsrError, match="learnt nothing"):
        TransitionParser(ROLES)([PLAIN])
    with pytest.raises(NsrError, match="learnt nothing"):
        TransitionParser(ROLES).save("nowhere")
    with pytest.raises(InputError, match="no trees"):
        TransitionParser(ROLES).fit([])
    with pytest.raises(InputError, match="beam"):
        TransitionParser(ROLES, beam=0)
