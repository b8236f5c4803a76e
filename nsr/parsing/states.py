"""States of a parser that shifts and reduces, what they allow, and how a tree is built by them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from nsr.errors import InputError
from nsr.parsing.compiled import Roles, Steps
from nsr.parsing.entries import ARITY, PATTERNS

SHIFT: Final = 0
REDUCE: Final = 1
JOIN: Final = 2
ACTIONS: Final = 3
STACK: Final = 4
"""Items of the stack that the network sees, from the top down; with fewer a pattern is not seen."""
BUFFER: Final = 2
"""Words to come that the network sees."""

State: TypeAlias = tuple[int, ...]
"""Codes of the items on the stack, from the top down, and of the words to come; 0 for none."""

_FINISHED: Final = 1
_LETTERS: Final = {"_": True, "w": False, "v": False}


class Transitions:
    """What a state allows: which words can be put together, by their patterns alone.

    An item on the stack is a bare word, or a finished node with the category of its head.

    Args:
        roles: patterns and literals of words, see `parse`.
    """

    def __init__(self, roles: Roles):
        self.roles = roles
        self.hidden = len(roles.patterns) - 1
        self.plain = self.hidden + 1
        self.codes = 2 * self.plain + 3
        self.bare = self.code(self.plain, False)
        self._joins = roles.patterns[self.hidden] >= 0
        self._reducible: dict[State, tuple[int, int] | None] = {}
        self._allowed: dict[State, tuple[bool, bool, bool]] = {}

    def category(self, word: int) -> int:
        """Its own number for a word that takes arguments or is a literal, else one for all."""
        return word if word < self.hidden and self.roles.patterns[word] else self.plain

    def code(self, category: int, finished: bool) -> int:
        """The number of an item."""
        return 1 + 2 * category + finished

    def allowed(self, state: State) -> tuple[bool, bool, bool]:
        """Whether it is possible to shift, reduce, join."""
        found = self._allowed.get(state)
        if found is None:
            self._reducible[state] = self._find(state)
            found = self._allowed[state] = (
                state[STACK] > 0,
                self._reducible[state] is not None,
                self._joins and _finished(state[0]) and _finished(state[1]),
            )
        return found

    def reducible(self, state: State) -> tuple[int, int] | None:
        """(items that make up a node at the top of the stack, depth of its head among them)."""
        self.allowed(state)
        return self._reducible[state]

    def _find(self, state: State) -> tuple[int, int] | None:
        for depth in range(min(3, STACK)):
            code = state[depth]
            if not code or _finished(code):
                continue
            word = (code - 1) // 2
            pattern = self.roles.patterns[word]
            if pattern > 0:
                return self._matches(state, word, PATTERNS[pattern], depth)
            # A literal: its head lies below it, and one argument in between.
            below = state[depth + 2] if depth + 2 < STACK else 0
            if not below or _finished(below):
                return None
            head = (below - 1) // 2
            pattern = self.roles.patterns[head]
            if pattern <= 0 or self.roles.literals[head] != word:
                return None
            return self._matches(state, head, PATTERNS[pattern], depth + 2)
        return None

    def _matches(self, state: State, head: int, shape: str, depth: int) -> tuple[int, int] | None:
        if len(shape) > STACK or shape[::-1].find("w") != depth:
            return None
        for code, letter in zip(state, reversed(shape), strict=False):
            if not code or _finished(code) != _LETTERS[letter]:
                return None
            if letter == "v" and (code - 1) // 2 != self.roles.literals[head]:
                return None
        return len(shape), depth

    def oracle(self, tokens: Sequence[int], steps: Steps) -> list[tuple[State, int]]:
        """The states and actions that build a tree, each node as early as possible.

        Args:
            tokens: numbers of the words.
            steps: the tree in postfix order, as a parser gives it for these tokens.
        """
        ends = self._ends(steps)
        found: list[tuple[State, int]] = []
        parse = Progress(self, tokens)
        done = 0
        for at in range(1, len(tokens) + 1):
            found.append((parse.state(), SHIFT))
            parse.do(SHIFT)
            while done < len(steps) and ends[done] <= at:
                word, _ = steps[done]
                if word == self.hidden or self.category(word) != self.plain:
                    action = JOIN if word == self.hidden else REDUCE
                    found.append((parse.state(), action))
                    parse.do(action)
                done += 1
        if not parse.finished or parse.steps() != steps:
            raise InputError("the tree does not fit its words and patterns")
        return found

    def _ends(self, steps: Steps) -> list[int]:
        """Where each node of a tree ends."""
        stack: list[int] = []
        ends: list[int] = []
        for word, at in steps:
            pattern = self.roles.patterns[word] if word <= self.hidden else 0
            shape = PATTERNS[pattern]
            cut = len(stack) - ARITY[shape]
            if cut < 0:
                raise InputError("the tree does not fit its words and patterns")
            end = max([at + 1, *stack[cut:]]) + (shape[-1] == "v")
            stack[cut:] = [end]
            ends.append(end)
        return ends


def _finished(code: int) -> bool:
    """Whether an item is a finished node."""
    return code > 0 and (code - 1) % 2 == _FINISHED


class Progress:
    """A parse on its way: the stack, the place in the input, and the log weight so far."""

    __slots__ = (
        "_codes",
        "_made",
        "_next",
        "_places",
        "_tokens",
        "_transitions",
        "_words",
        "score",
    )

    def __init__(self, transitions: Transitions, tokens: Sequence[int]):
        self._transitions, self._tokens = transitions, tokens
        categories = map(transitions.category, tokens)
        # Zeros below the stack and after the words: what the network sees is never too short.
        self._words = [*[transitions.code(c, False) for c in categories], *[0] * BUFFER]
        self._codes = [0] * STACK
        self._places: list[int] = []
        self._made: Steps = []
        self._next = 0
        self.score = 0.0

    def copy(self) -> Progress:
        """A branch."""
        new = object.__new__(Progress)
        new._transitions, new._tokens, new._words = self._transitions, self._tokens, self._words
        new._codes, new._places = self._codes.copy(), self._places.copy()
        new._made, new._next, new.score = self._made.copy(), self._next, self.score
        return new

    def state(self) -> State:
        """What the network sees."""
        at = self._next
        return (*self._codes[: -STACK - 1 : -1], *self._words[at : at + BUFFER])

    def do(self, action: int) -> None:
        """Take an action.

        Raises:
            InputError: if the state does not allow it.
        """
        t, codes = self._transitions, self._codes
        if not t.allowed(self.state())[action]:
            raise InputError("the tree does not fit its words and patterns")
        if action == SHIFT:
            at, code = self._next, self._words[self._next]
            if code == t.bare:
                self._made.append((self._tokens[at], at))
                code += _FINISHED
            codes.append(code)
            self._places.append(at)
            self._next += 1
        elif action == JOIN:
            self._made.append((t.hidden, -1))
            codes[-2:] = [t.code(t.hidden, True)]
            self._places[-2:] = [-1]
        else:
            found = t.reducible(self.state())
            assert found is not None
            size, depth = found
            code, at = codes[-1 - depth], self._places[-1 - depth]
            self._made.append(((code - 1) // 2, at))
            codes[-size:] = [code + _FINISHED]
            self._places[-size:] = [at]

    @property
    def finished(self) -> bool:
        """Whether all words are in one node."""
        return (
            self._next == len(self._tokens)
            and len(self._places) == 1
            and _finished(self._codes[-1])
        )

    def steps(self) -> Steps:
        """The tree so far, in postfix order."""
        return self._made
