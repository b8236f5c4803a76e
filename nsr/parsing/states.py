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
        self.joins = roles.patterns[self.hidden] >= 0

    def category(self, word: int) -> int:
        """Its own number for a word that takes arguments or is a literal, else one for all."""
        return word if word < self.hidden and self.roles.patterns[word] else self.plain

    def code(self, category: int, finished: bool) -> int:
        """The number of an item."""
        return 1 + 2 * category + finished

    def allowed(self, state: State) -> tuple[bool, bool, bool]:
        """Whether it is possible to shift, reduce, join."""
        return (
            state[STACK] > 0,
            self.reducible(state) is not None,
            self.joins and _finished(state[0]) and _finished(state[1]),
        )

    def reducible(self, state: State) -> tuple[int, int] | None:
        """(items that make up a node at the top of the stack, place of its head among them)."""
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
        """The states and actions that build a tree, each node as early as possible."""
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

    __slots__ = ("_items", "_made", "_next", "_tokens", "_transitions", "score")

    def __init__(self, transitions: Transitions, tokens: Sequence[int]):
        self._transitions, self._tokens = transitions, tokens
        self._items: list[tuple[int, int]] = []
        self._made: Steps = []
        self._next = 0
        self.score = 0.0

    def copy(self) -> Progress:
        """A branch."""
        new = Progress(self._transitions, self._tokens)
        new._items, new._made = self._items.copy(), self._made.copy()
        new._next, new.score = self._next, self.score
        return new

    def state(self) -> State:
        """What the network sees."""
        t = self._transitions
        top = [code for code, _ in self._items[: -STACK - 1 : -1]]
        words = self._tokens[self._next : self._next + BUFFER]
        to_come = [t.code(t.category(word), False) for word in words]
        return (
            *top,
            *[0] * (STACK - len(top)),
            *to_come,
            *[0] * (BUFFER - len(to_come)),
        )

    def do(self, action: int) -> None:
        """Take an action that is allowed."""
        t, items = self._transitions, self._items
        if action == SHIFT:
            word = self._tokens[self._next]
            category = t.category(word)
            if category == t.plain:
                self._made.append((word, self._next))
            items.append((t.code(category, category == t.plain), self._next))
            self._next += 1
        elif action == JOIN:
            self._made.append((t.hidden, -1))
            items[-2:] = [(t.code(t.hidden, True), -1)]
        else:
            found = t.reducible(self.state())
            if found is None:
                raise InputError("the tree does not fit its words and patterns")
            size, place = found
            code, at = items[-1 - place]
            head = (code - 1) // 2
            self._made.append((head, at))
            items[-size:] = [(t.code(head, True), at)]

    @property
    def finished(self) -> bool:
        """Whether all words are in one node."""
        return (
            self._next == len(self._tokens)
            and len(self._items) == 1
            and _finished(self._items[0][0])
        )

    def steps(self) -> Steps:
        """The tree so far, in postfix order."""
        return self._made
