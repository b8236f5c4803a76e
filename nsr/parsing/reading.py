"""A decided syntax at work: from symbols to the grounded symbol tree and its value."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nsr.errors import UndefinedError
from nsr.parsing.compiled import Parser, Roles, Steps, by_number, parse
from nsr.parsing.entries import ARITY, HIDDEN, PATTERNS, Entry, Syntax
from nsr.symbols import Node
from nsr.values import Undefined, Value

JOINED = "·"
"""How the hidden word of juxtaposition is shown."""


class Reader:
    """Reads token strings with a decided syntax.

    Args:
        syntax: entries and bindings.
        meaning: entry -> function of its arguments' values, which may raise `UndefinedError`.
        itself: value of a word that stands for itself, for an open class.

    Attributes:
        roles: patterns and literals of words, by number.
        parser: from numbers of words to a tree; the bindings say which. May be replaced.
    """

    def __init__(
        self,
        syntax: Syntax,
        meaning: Callable[[Entry], Callable[..., Value]],
        itself: Callable[[str], Value] | None = None,
    ):
        self.syntax = syntax
        self._itself = itself if syntax.open_class else None
        heads = [w for w, e in syntax.entries.items() if e.arity and w != HIDDEN]
        self._words = [*heads, *sorted(syntax.literals), HIDDEN]
        number = {w: i for i, w in enumerate(self._words) if w != HIDDEN}
        found = [syntax.entries.get(w) for w in self._words]
        self.roles = Roles(
            [-1 if e is None else PATTERNS.index(e.pattern) for e in found],
            [-1 if e is None or e.literal is None else number[e.literal] for e in found],
        )
        self._number = number
        levels, right = by_number(syntax.bindings, self._words)
        self.parser: Parser = lambda numbers: parse(numbers, self.roles, levels, right)
        self._meanings = {w: meaning(e) for w, e in syntax.entries.items() if e.arity}
        self._plain = {w: meaning(e)() for w, e in syntax.entries.items() if not e.arity}

    def value(self, tokens: Sequence[str]) -> Value | Undefined:
        """The value, or why there is none."""
        steps = self._steps(tokens)
        if isinstance(steps, Undefined):
            return steps
        stack: list[Value] = []
        try:
            for word, at in steps:
                if word == len(self._words):
                    stack.append(self._constant(tokens[at]))
                else:
                    name = self._words[word]
                    cut = len(stack) - ARITY[PATTERNS[self.roles.patterns[word]]]
                    stack[cut:] = [self._meanings[name](*stack[cut:])]
        except UndefinedError as error:
            return Undefined(str(error))
        return stack[-1]

    def tree(self, tokens: Sequence[str]) -> Node | Undefined:
        """The grounded symbol tree: pieces are (start, end) in the tokens."""
        steps = self._steps(tokens)
        if isinstance(steps, Undefined):
            return steps
        stack: list[Node] = []
        try:
            for word, at in steps:
                if word == len(self._words):
                    name = tokens[at]
                    stack.append(Node((at, at + 1), name, self._constant(name)))
                    continue
                name = self._words[word]
                entry = self.syntax.entries[name]
                cut = len(stack) - entry.arity
                children = tuple(stack[cut:])
                start, end = children[0].piece[0], children[-1].piece[1]
                if at >= 0:
                    start, end = min(start, at), max(end, at + 1)
                if entry.pattern.endswith("v"):
                    end += 1
                value = self._meanings[name](*[child.value for child in children])
                label = JOINED if name == HIDDEN else entry.shape
                stack[cut:] = [Node((start, end), label, value, entry.weight, children)]
        except UndefinedError as error:
            return Undefined(str(error))
        return stack[-1]

    def _constant(self, word: str) -> Value:
        if word in self._plain:
            return self._plain[word]
        assert self._itself is not None
        return self._itself(word)

    def numbers(self, tokens: Sequence[str]) -> list[int] | Undefined:
        """The numbers that `roles` have for words, or why there is none for one."""
        numbers = []
        for word in tokens:
            number = self._number.get(word)
            if number is None:
                if word not in self._plain and self._itself is None:
                    return Undefined(f"unknown word {word!r}")
                number = len(self._words)
            numbers.append(number)
        return numbers

    def _steps(self, tokens: Sequence[str]) -> Steps | Undefined:
        numbers = self.numbers(tokens)
        return numbers if isinstance(numbers, Undefined) else self.parser(numbers)
