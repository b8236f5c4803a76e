"""One word at a time: every candidate entry is tried where the word stands in decided trees.

Expectation-maximisation may end with a word or two wrong. When the syntax is decided, a pair's
tree is known, and so are the values that a word's node gets and what is done with its result. So
all programs of a word are judged at once, by whether the pair's output comes out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nsr.errors import UndefinedError
from nsr.parsing.compiled import Roles, Steps, parse
from nsr.parsing.entries import ARITY, PATTERNS, Entry
from nsr.parsing.levels import Climber, State
from nsr.semantics import PhrasePrograms, phrase_function
from nsr.values import Undefined, Value

SHOWN: Final = 60
"""Pairs on which all programs of a word are tried."""

BEST: Final = 3
"""Programs of a word that are judged on all pairs."""

SWEEPS: Final = 4

_LONGEST: Final = 120


@dataclass(frozen=True)
class _Place:
    """A word's node in one pair: its arguments, and the steps from its value to the output."""

    arguments: tuple[Value, ...]
    above: tuple[tuple[Callable[..., Value], int, tuple[Value, ...]], ...]
    goal: Value

    def fits(self, value: Value) -> bool:
        """Whether the output comes out if the node has this value."""
        try:
            for meaning, at, others in self.above:
                value = meaning(*others[:at], value, *others[at:])
        except UndefinedError:
            return False
        return bool(value == self.goal)


class Ascent:
    """Improves a decided syntax one word at a time.

    Args:
        climber: the pairs and the options so far; better entries become options of it.
        library: candidate programs.
        patterns: word -> patterns that it may have.
        partners: head word -> literal word.
        drop: whether programs may ignore an argument.
    """

    def __init__(
        self,
        climber: Climber,
        library: PhrasePrograms,
        patterns: Mapping[str, Sequence[str]],
        partners: Mapping[str, str],
        *,
        drop: bool,
    ):
        self.climber, self.library, self.drop = climber, library, drop
        self.patterns, self.partners = patterns, partners
        self._ways: dict[tuple[int, ...], dict[tuple[int, ...], list[int]]] = {}
        domain = library.space.domain
        self._runs = {
            arity: [(p, phrase_function(p.term, domain)) for p in programs]
            for arity, programs in library.programs.items()
        }

    def improve(self, state: State) -> State:
        """A state at least as good on the climber's active pairs."""
        climber = self.climber
        score = len(climber.right_on(state, climber.active))
        for _ in range(SWEEPS):
            improved = False
            for w in self._suspects(state):
                found = self._better(state, w, score)
                if found is not None:
                    state, score = found
                    improved = True
            if not improved or score == len(climber.active):
                break
        return state

    def plainer(self, state: State) -> State:
        """A state as good with fewer (pattern, level), one word after the other.

        Pairs that are few leave several solutions; words that behave alike are the likelier one.
        """
        climber = self.climber
        for w in range(len(climber.words)):
            found = climber.right_on(state, climber.active)
            for moved, entry in self._all(state, w):
                new = climber.adopt(moved, w, entry)
                if climber.classes(new) < climber.classes(state) and found == climber.right_on(
                    new, climber.active
                ):
                    state = new
        return state

    def _suspects(self, state: State) -> list[int]:
        """Words by the share of their pairs that come out wrong."""
        climber = self.climber
        right = set(climber.right_on(state, climber.active))
        seen: Counter[int] = Counter()
        wrong: Counter[int] = Counter()
        for i in climber.active:
            seen.update(climber.own[i])
            if i not in right:
                wrong.update(climber.own[i])
        words = [w for w in wrong if self.patterns.get(climber.words[w])]
        return sorted(words, key=lambda w: (-wrong[w] / seen[w], w))

    def _better(self, state: State, w: int, score: int) -> tuple[State, int] | None:
        climber = self.climber
        best = None
        for moved, entry in self._all(state, w)[:BEST]:
            new = climber.adopt(moved, w, entry)
            right = len(climber.right_on(new, climber.active))
            if right > score:
                best, score = new, right
        return None if best is None else (best, score)

    def _all(self, state: State, w: int) -> list[tuple[State, Entry]]:
        """The best programs for each pattern and level of a word, best first."""
        climber = self.climber
        tried: list[tuple[int, float, State, Entry]] = []
        seen: set[object] = set()
        for pattern in self.patterns.get(climber.words[w], ()):
            for moved in climber.levels(state, w):
                trees = self._trees(moved, w, pattern)
                shape = self._classes(moved, w, pattern), *map(tuple, trees.values())
                if shape not in seen:
                    seen.add(shape)
                    tried += self._entries(moved, w, pattern, trees)
        tried.sort(key=lambda item: (-item[0], item[1]))
        return [(moved, entry) for _, _, moved, entry in tried]

    def _classes(self, state: State, w: int, pattern: str) -> int:
        """Number of distinct (pattern, level) if the word had this pattern."""
        entries = self.climber.entries(state)
        patterns = [e.pattern if e is not None and e.arity else None for e in entries]
        patterns[w] = pattern
        pairs = zip(patterns, state.level, strict=True)
        return len({(shape, level) for shape, level in pairs if shape is not None})

    def _trees(self, state: State, w: int, pattern: str) -> dict[int, Steps]:
        """The trees of pairs that hold the word, if it had this pattern."""
        climber = self.climber
        roles = self._roles(state, w, pattern)
        trees: dict[int, Steps] = {}
        for i in climber.active:
            if w not in climber.own[i]:
                continue
            steps = parse(climber.tokens[i], roles, state.level, state.right)
            if not isinstance(steps, Undefined):
                trees[i] = steps
                if len(trees) >= SHOWN:
                    break
        return trees

    def _roles(self, state: State, w: int, pattern: str) -> Roles:
        entries = self.climber.entries(state)
        word = self.climber.words[w]
        term = self.library.programs[1][0].term
        entries[w] = Entry(word, pattern, term, self.partners.get(word))
        return self.climber.roles(entries)

    def _entries(
        self, state: State, w: int, pattern: str, trees: Mapping[int, Steps]
    ) -> list[tuple[int, float, State, Entry]]:
        """The best programs for one pattern: (pairs right, bits, levels, entry)."""
        climber, word = self.climber, self.climber.words[w]
        roles = self._roles(state, w, pattern)
        meanings = [m[c] for m, c in zip(climber.meanings, state.choice, strict=True)]
        right: Counter[int] = Counter()
        for i, steps in trees.items():
            place = self._place(i, steps, w, roles, meanings)
            if place is None:
                continue
            flat = [x for value in place.arguments for x in value]
            for moves, numbers in self._programs(tuple(map(len, place.arguments))).items():
                if place.fits(tuple([flat[k] for k in moves])):
                    right.update(numbers)
        programs = self.library.programs[ARITY[pattern]]
        best = sorted(right, key=lambda n: (-right[n], programs[n].cost, n))[:BEST]
        literal = self.partners.get(word)
        return [
            (right[n], programs[n].cost, state, Entry(word, pattern, programs[n].term, literal))
            for n in best
        ]

    def _place(
        self,
        i: int,
        steps: Steps,
        w: int,
        roles: Roles,
        meanings: Sequence[Callable[..., Value] | None],
    ) -> _Place | None:
        """The word's node, if it stands once in the pair and everything else has a value."""
        tokens, goal = self.climber.pairs[i]
        arguments = None
        above = []
        stack: list[Any] = []
        for word, at in steps:
            meaning = meanings[word] if word < len(meanings) else None
            if word != w and meaning is None:
                stack.append(self.climber.constants[tokens[at]])
                continue
            cut = len(stack) - ARITY[PATTERNS[roles.patterns[word]]]
            values = tuple(stack[cut:])
            if word == w:
                if arguments is not None:
                    return None
                arguments = values
                stack[cut:] = [None]
            elif None in values:
                k = values.index(None)
                assert meaning is not None
                above.append((meaning, k, values[:k] + values[k + 1 :]))
                stack[cut:] = [None]
            else:
                assert meaning is not None
                try:
                    stack[cut:] = [meaning(*values)]
                except UndefinedError:
                    return None
        if arguments is None or sum(map(len, arguments)) > _LONGEST:
            return None
        return _Place(arguments, tuple(above), goal)

    def _programs(self, lengths: tuple[int, ...]) -> Mapping[tuple[int, ...], list[int]]:
        """What the candidates do with arguments of these lengths: moves -> programs."""
        known = self._ways.get(lengths)
        if known is None:
            known = {}
            starts = [sum(lengths[:k]) for k in range(len(lengths))]
            values = [tuple(range(s, s + n)) for s, n in zip(starts, lengths, strict=True)]
            whole = (1 << len(lengths)) - 1
            for number, (program, run) in enumerate(self._runs[len(lengths)]):
                if not self.drop and program.uses != whole:
                    continue
                try:
                    known.setdefault(run(*values), []).append(number)
                except UndefinedError:
                    continue
            self._ways[lengths] = known
        return known
