"""Learning from few pairs, from wrong pairs, and what is handed out on the way."""

from __future__ import annotations

import random

import numpy as np
import pytest

from nsr.abduction.ascent import Ascent
from nsr.abduction.learn import Learnt, by_chance, learn
from nsr.abduction.sources import copies, noisy, sources
from nsr.parsing.entries import Entry, Syntax
from nsr.parsing.levels import Climber, decide
from nsr.parsing.reading import Reader
from nsr.semantics import phrase_function, phrase_programs
from tests.languages import Pair, pairs
from tests.test_machine import _pcfg, _scan

DOMAIN = phrase_programs(False).space.domain


def right(syntax: Syntax, data: list[Pair]) -> float:
    reader = Reader(syntax, lambda e: phrase_function(e.program, DOMAIN), lambda word: (word,))
    return float(np.mean([reader.value(x) == y for x, y in data]))


def spoilt(data: list[Pair], share: float, kind: str, seed: int) -> list[Pair]:
    """Pairs some of which have another pair's output, or one other token in it."""
    rng = random.Random(seed)
    outputs = [y for _, y in data]
    tokens = sorted({token for y in outputs for token in y})
    found = []
    for x, y in data:
        if rng.random() < share:
            if kind == "swapped":
                y = rng.choice(outputs)
            else:
                k = rng.randrange(len(y))
                y = (*y[:k], rng.choice(tokens), *y[k + 1 :])
        found.append((x, y))
    return found


@pytest.mark.parametrize("language", ["infix", "brackets", "mixed"])
@pytest.mark.parametrize("kind", ["swapped", "changed"])
def test_wrong_outputs_do_not_break_learning(language: str, kind: str) -> None:
    data = pairs(language, 300, depth=3, seed=1)
    wrong = spoilt(data, 0.08, kind, seed=2)
    clean = sum(a == b for a, b in zip(data, wrong, strict=True)) / len(data)
    assert 0.85 < clean < 0.97
    found = learn(wrong, seed=0)
    assert found.noise > 0
    assert right(found.syntax, data) == 1.0
    assert found.exact == pytest.approx(clean)


def test_noise_can_be_told_or_ruled_out() -> None:
    data = pairs("infix", 200, depth=3, seed=1)
    wrong = spoilt(data, 0.05, "swapped", seed=2)
    told = learn(wrong, noise=0.05)
    assert told.noise == 0.05
    assert right(told.syntax, data) == 1.0
    assert right(learn(wrong, noise=0.0).syntax, data) < 0.5


def test_the_best_so_far_is_handed_out_each_time_it_gets_better() -> None:
    data = pairs("mixed", 300, depth=3, seed=0)
    seen: list[Learnt] = []
    found = learn(data, found=seen.append)
    assert seen[-1] == found
    shares = [each.exact for each in seen]
    assert shares == sorted(set(shares))


def test_wrong_pairs_with_a_word_in_common_are_not_chance() -> None:
    data = pairs("infix", 300, depth=3, seed=1)
    rng = random.Random(0)
    assert by_chance(data, rng.sample(data, 20))
    assert not by_chance(data, rng.sample([pair for pair in data if "te" in pair[0]], 40))
    assert not by_chance(data, sorted(data, key=lambda pair: -len(pair[0]))[:40])


def test_plain_words_that_are_always_lost_stand_for_themselves() -> None:
    rng = random.Random(0)
    letters = [f"k{i}" for i in range(40)]
    data = []
    for _ in range(200):
        a, b = rng.sample(letters[1:], 2)
        data.append((("drop", a, b), (b,)))
    data.append((("drop", "k0", "k1"), ("k1",)))
    constants = sources(data)
    assert "k0" not in constants
    assert set(copies(data, constants)) == set(letters)
    assert copies(data[:5], sources(data[:5])) == []


def test_a_token_without_a_source_is_a_sign_of_noise() -> None:
    assert not noisy([(("a",), ("A",)), (("a", "b"), ("A",))])
    assert noisy([(("a",), ("A",)), (("b",), ("A",))])
    assert sources([(("a",), ("A",))] * 9 + [(("b",), ("A",))], 0.1) == {"a": "A"}


@pytest.mark.parametrize("word", ["bo", "su"])
def test_a_wrong_program_is_mended_in_place(word: str) -> None:
    """All words but one are given as learnt; its entry is found among all candidates."""
    data = pairs("infix", 120, depth=3, seed=4)
    learnt = learn(data).syntax
    constants = sources(data)
    programs = phrase_programs(False).programs[2]
    options = {w: [e] for w, e in learnt.entries.items() if e.arity}
    options[word] = [Entry(word, "_w_", programs[0].term)]
    values = {w: (t,) for w, t in constants.items()}
    climber = Climber(
        options,
        [],
        values,
        data,
        lambda e: phrase_function(e.program, DOMAIN),
        np.random.default_rng(0),
    )
    state = decide(climber, {}, open_class=False).state
    everything = climber.active = list(range(len(data)))
    before = len(climber.right_on(state, everything))
    patterns = {w: ["_w_"] for w in options}
    ascent = Ascent(climber, phrase_programs(False), patterns, {}, drop=False)
    state = decide(climber, {}, open_class=False, begin=ascent.improve(state)).state
    assert before < 0.8 * len(data)
    assert climber.right_on(state, everything) == everything
    found = dict(zip(climber.words, climber.entries(state), strict=True))[word]
    assert found is not None
    assert found.program == learnt.entries[word].program


@pytest.mark.parametrize("seed", [0, 1])
def test_forty_random_pairs_are_enough(seed: int) -> None:
    train, test = _scan("simple")
    rows = random.Random(seed).sample(train, 40)
    found = learn(rows, seed=seed)
    assert found.exact == 1.0
    assert right(found.syntax, test) == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_three_hundred_random_pairs_of_a_larger_language(seed: int) -> None:
    train, test = _pcfg("iid")
    found = learn(random.Random(seed).sample(train, 300), seed=seed)
    assert found.exact == 1.0
    assert right(found.syntax, test) == 1.0
