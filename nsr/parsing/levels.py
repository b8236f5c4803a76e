"""From candidate entries to a decided syntax: hill climbing over binding levels.

What is judged is the whole system: the share of training pairs whose one reading has the right
value. A move gives one word another level, direction or entry. Readings are remembered per pair
by what matters to it (the order of the levels of its own words), so a move costs little. Of
syntaxes that explain everything, the one with the fewest distinct (pattern, level) wins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np

from nsr.errors import UndefinedError
from nsr.parsing.compiled import Roles, Steps, parse
from nsr.parsing.entries import ARITY, HIDDEN, PATTERNS, Binding, Entry, Syntax
from nsr.values import Undefined, Value

_TOP: Final = 4
_ARITIES: Final = tuple(ARITY[pattern] for pattern in PATTERNS)

Meaning: TypeAlias = Callable[..., Value]
"""A compiled program: values of the arguments -> value; raises `UndefinedError`."""


def evaluate(
    steps: Steps,
    tokens: Sequence[str],
    patterns: Sequence[int],
    meanings: Sequence[Meaning | None],
    constants: Mapping[str, Value],
) -> Value | Undefined:
    """The value of a tree in postfix order."""
    stack: list[Value] = []
    try:
        for word, at in steps:
            meaning = meanings[word] if word < len(meanings) else None
            if meaning is None:
                stack.append(constants[tokens[at]])
                continue
            count = _ARITIES[patterns[word]]
            if count == 1:
                stack[-1] = meaning(stack[-1])
            elif count == 2:
                last = stack.pop()
                stack[-1] = meaning(stack[-1], last)
            else:
                stack.append(meaning())
    except UndefinedError as error:
        return Undefined(str(error))
    return stack[-1]


@dataclass
class State:
    """One point of the search: for each word the number of its entry, its level, its direction."""

    choice: list[int]
    level: list[int]
    right: list[bool]

    def copy(self) -> State:
        """An independent copy."""
        return State(self.choice[:], self.level[:], self.right[:])


class Climber:
    """Searches levels and entries for candidate entries on given pairs.

    Args:
        candidates: word -> its entries, most probable first; the hidden word under the empty text.
        constants: plain word -> value.
        pairs: (tokens, output).
        compiled: entry -> function of the arguments' values.
        rng: of starts and orders.
    """

    def __init__(
        self,
        candidates: Mapping[str, Sequence[Entry]],
        literals: Sequence[str],
        constants: Mapping[str, Value],
        pairs: Sequence[tuple[Sequence[str], Value]],
        compiled: Callable[[Entry], Meaning],
        rng: np.random.Generator,
    ):
        hidden = [HIDDEN]
        self._literals = frozenset(literals)
        self.words = [w for w in candidates if w != HIDDEN] + list(literals) + hidden
        self.options: list[list[Entry | None]] = [
            [*candidates.get(w, ())] or [None] for w in self.words
        ]
        if candidates.get(HIDDEN):
            self.options[-1] = [*candidates[HIDDEN], None]
        number = {w: i for i, w in enumerate(self.words) if w != HIDDEN}
        self._number = number
        plain = len(self.words)
        self.pairs = pairs
        self.tokens = [[number.get(w, plain) for w in x] for x, _ in pairs]
        self.own = [
            [*sorted({t for t in tokens if t < plain}), plain - 1] for tokens in self.tokens
        ]
        self._memo: list[dict[Any, bool]] = [{} for _ in pairs]
        self.meanings = [[None if e is None else compiled(e) for e in o] for o in self.options]
        self._compiled = compiled
        self.constants, self._rng = constants, rng
        self.active = list(range(len(pairs)))
        self.evaluations = 0

    def candidates(self) -> dict[str, list[Entry]]:
        """Word -> its entries, with those that were adopted."""
        return {
            w: [e for e in options if e is not None]
            for w, options in zip(self.words, self.options, strict=True)
            if w == HIDDEN or w not in self._literals
        }

    # -- judging -----------------------------------------------------------------------------
    def entries(self, state: State) -> list[Entry | None]:
        """The chosen entry of each word."""
        return [o[c] for o, c in zip(self.options, state.choice, strict=True)]

    def adopt(self, state: State, w: int, entry: Entry) -> State:
        """The state with another entry for a word, which becomes one of its options."""
        if entry not in self.options[w]:
            self.options[w].append(entry)
            self.meanings[w].append(self._compiled(entry))
        new = state.copy()
        new.choice[w] = self.options[w].index(entry)
        return new

    def right_on(self, state: State, which: Sequence[int]) -> list[int]:
        """Those of the pairs that come out right."""
        entries = self.entries(state)
        roles = self.roles(entries)
        self.evaluations += 1
        return [i for i in which if self._right(i, state, entries, roles)]

    def _after(self, state: State, w: int, right: set[int]) -> set[int]:
        """The active pairs that come out right after a move of word w, told those before it."""
        touched = [i for i in self.active if w in self.own[i]]
        return right.difference(touched).union(self.right_on(state, touched))

    def roles(self, entries: Sequence[Entry | None]) -> Roles:
        """Patterns and literals by word number, as the parser wants them."""
        patterns = [-1 if e is None else PATTERNS.index(e.pattern) for e in entries]
        literals = [
            -1 if e is None or e.literal is None else self._number[e.literal] for e in entries
        ]
        return Roles(patterns, literals)

    def _right(self, i: int, state: State, entries: Sequence[Entry | None], roles: Roles) -> bool:
        own = self.own[i]
        levels = [state.level[w] for w in own]
        order = sorted(set(levels))
        key = tuple((state.choice[w], order.index(state.level[w]), state.right[w]) for w in own)
        known = self._memo[i].get(key)
        if known is None:
            x, y = self.pairs[i]
            steps = parse(self.tokens[i], roles, state.level, state.right)
            known = False
            if not isinstance(steps, Undefined):
                meanings = [m[c] for m, c in zip(self.meanings, state.choice, strict=True)]
                value = evaluate(steps, x, roles.patterns, meanings, self.constants)
                known = not isinstance(value, Undefined) and value == y
            self._memo[i][key] = known
        return known

    def classes(self, state: State) -> int:
        """Number of distinct (pattern, level) among the entries with arguments."""
        return len(
            {
                (e.pattern, level)
                for e, level in zip(self.entries(state), state.level, strict=True)
                if e is not None and ARITY[e.pattern]
            }
        )

    # -- searching ---------------------------------------------------------------------------
    def climb(self, starts: int, most: int, first: State | None = None) -> State:
        """The best state found from several starts, judged on the active pairs.

        Args:
            starts: number of random starts.
            most: evaluations of each.
            first: a start before the random ones.
        """
        best, best_rank = None, (-1, 0, 0)
        given = [] if first is None else [first.copy()]
        for start in range(len(given) + starts):
            state = given[start] if start < len(given) else self.start()
            score = self._ascend(state, most)
            if score == len(self.active):
                self.simplify(state)
            rank = (score, -self.classes(state), -sum(state.choice))
            if best is None or rank > best_rank:
                best, best_rank = state, rank
            if score == len(self.active) and (given or start >= 2):
                break
        assert best is not None
        return best

    def start(self) -> State:
        """Most probable entries at random levels."""
        count = len(self.words)
        return State(
            [0] * count,
            [int(k) for k in self._rng.integers(0, _TOP, count)],
            [False] * count,
        )

    def _ascend(self, state: State, most: int) -> int:
        right = set(self.right_on(state, self.active))
        before = self.evaluations
        improved = True
        while improved and len(right) < len(self.active) and self.evaluations - before < most:
            improved = False
            for move in self._moves(state):
                new = self._moved(state, move)
                after = self._after(new, move[0], right)
                if len(after) > len(right):
                    state.choice, state.level, state.right = new.choice, new.level, new.right
                    right, improved = after, True
                    if len(right) == len(self.active):
                        break
        return len(right)

    def _moves(self, state: State) -> list[tuple[int, str, int]]:
        moves: list[tuple[int, str, int]] = []
        top = max(state.level) + 1
        for w, entry in enumerate(self.entries(state)):
            moves += [(w, "entry", c) for c in range(len(self.options[w]))]
            if entry is not None and ARITY[entry.pattern]:
                moves += [(w, "level", k) for k in range(top)]
                moves += [(w, "between", k) for k in range(top + 1)]
                moves.append((w, "flip", 0))
        return [moves[i] for i in self._rng.permutation(len(moves))]

    def levels(self, state: State, w: int) -> list[State]:
        """The state, and it with the word at every other level or between two."""
        top = max(state.level) + 1
        moves = [(w, "level", k) for k in range(top)] + [(w, "between", k) for k in range(top + 1)]
        return [state, *(self._moved(state, move) for move in moves)]

    def _moved(self, state: State, move: tuple[int, str, int]) -> State:
        w, kind, k = move
        new = state.copy()
        if kind == "entry":
            new.choice[w] = k
        elif kind == "level":
            new.level[w] = k
        elif kind == "between":
            new.level = [level + (level >= k) for level in new.level]
            new.level[w] = k
        else:
            new.right[w] = not new.right[w]
        order = sorted(set(new.level))
        new.level = [order.index(level) for level in new.level]
        return new

    def simplify(self, state: State) -> None:
        """Join levels, drop directions and juxtaposition, as long as no more comes out wrong."""
        right = set(self.right_on(state, self.active))
        hidden = len(self.words) - 1

        def harmless(new: State, w: int) -> bool:
            nonlocal right
            after = self._after(new, w, right)
            if len(after) < len(right):
                return False
            right = after
            return True

        if self.options[hidden][-1] is None:
            new = self._moved(state, (hidden, "entry", len(self.options[hidden]) - 1))
            if harmless(new, hidden):
                state.choice = new.choice
        improved = True
        while improved:
            improved = False
            for w in range(len(self.words)):
                for k in sorted(set(state.level)):
                    new = self._moved(state, (w, "level", k))
                    if self.classes(new) < self.classes(state) and harmless(new, w):
                        state.level, improved = new.level, True
                if state.right[w]:
                    new = self._moved(state, (w, "flip", 0))
                    if harmless(new, w):
                        state.right = new.right

    def syntax(self, state: State) -> tuple[dict[str, Entry], dict[str, Binding]]:
        """The decided entries and bindings."""
        entries, bindings = {}, {}
        for w, entry in enumerate(self.entries(state)):
            if entry is not None:
                entries[self.words[w]] = entry
                if ARITY[entry.pattern]:
                    bindings[self.words[w]] = Binding(state.level[w], state.right[w])
        return entries, bindings


@dataclass
class Found:
    """The result of `decide`."""

    state: State
    syntax: Syntax
    exact: float
    evaluations: int
    wrong: list[int] = field(default_factory=list)


def decide(
    climber: Climber,
    constants: Mapping[str, Entry],
    *,
    open_class: bool,
    first: int = 60,
    rounds: int = 6,
    starts: int = 4,
    most: int = 500,
    begin: State | None = None,
) -> Found:
    """Climb on a few pairs, look at all, add pairs that came out wrong, and climb again.

    A hill climb with restarts over entries and binding strengths; counterexamples join the pairs
    it looks at, as in counterexample-guided synthesis (Solar-Lezama 2008).

    Args:
        climber: has the pairs and, for each word, the entries to choose from.
        constants: entries of the words whose meaning is not in question.
        open_class: whether unknown words stand for themselves.
        first: pairs to begin with: so many of the shortest, and a third as many others.
        rounds: climbs at most.
        starts, most: restarts of a climb, and steps of each.
        begin: where the first climb starts; at random by default.

    Returns:
        The syntax that gets most pairs right, and how it was found.
    """
    everything = list(range(len(climber.pairs)))
    # Short pairs show one word at a time; the others show how words go together.
    order = sorted(everything, key=lambda i: len(climber.pairs[i][0]))
    climber.active = sorted({*order[:first], *everything[: first // 3]})
    best: tuple[int, State] | None = None
    for _ in range(rounds):
        state = climber.climb(starts, most, begin)
        begin = None if begin is None else state
        right = set(climber.right_on(state, everything))
        if best is None or len(right) > best[0]:
            best = len(right), state
        if 2 * len(right) < len(everything):
            break
        wrong = [i for i in everything if i not in right]
        active = set(climber.active)
        fresh = [i for i in wrong if i not in active]
        if not fresh:
            break
        climber.active = climber.active + fresh[:20]
    assert best is not None
    if len(everything) / 2 < best[0] < len(everything):
        climber.active = everything
        climber.simplify(best[1])
    entries, bindings = climber.syntax(best[1])
    right = set(climber.right_on(best[1], everything))
    syntax = Syntax({**constants, **entries}, bindings, open_class)
    return Found(
        best[1],
        syntax,
        len(right) / max(1, len(everything)),
        climber.evaluations,
        [i for i in everything if i not in right],
    )
