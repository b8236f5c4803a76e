"""Lexicon entries: how a word takes its arguments (its pattern) and what it means (its program).

The reference (Li et al., "A neural-symbolic recursive machine for systematic generalization",
2024, section 3.1) gives every symbol a hand-set arity and one program. Here the pattern, and with
it arity, direction and the words that only close or part arguments, belong to what is learnt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from nsr.program import Term

SLOT: Final = "_"
HEAD: Final = "w"
LITERAL: Final = "v"
HIDDEN: Final = ""
"""The text of the hidden word of juxtaposition."""

JUXTAPOSED: Final = "__"
"""The pattern of the hidden word between two neighbours."""

PATTERNS: Final = ("w", "w_", "_w", "_w_", "w__", "__w", "w_v", "w_v_", "_w_v", JUXTAPOSED)
"""`_` is an argument, `w` the word itself, `v` a word that stands for nothing on its own."""

ARITY: Final = MappingProxyType({pattern: pattern.count(SLOT) for pattern in PATTERNS})


@dataclass(frozen=True, slots=True)
class Entry:
    """What one word does.

    Args:
        word: its text; empty for the hidden word of juxtaposition.
        pattern: one of `PATTERNS`.
        program: a term over x0, x1: the arguments from left to right.
        literal: the text of the literal word, for patterns that have one.
        weight: probability of the entry when it was learnt.
    """

    word: str
    pattern: str
    program: Term
    literal: str | None = None
    weight: float = 1.0

    @property
    def arity(self) -> int:
        """Number of arguments."""
        return ARITY[self.pattern]

    @property
    def shape(self) -> str:
        """The pattern with the real words.

        >>> from nsr.program import Variable
        >>> Entry("open", "w_v", Variable(0, "strs"), "close").shape
        'open _ close'
        """
        names = {SLOT: SLOT, HEAD: self.word, LITERAL: self.literal or ""}
        return " ".join(names[letter] for letter in self.pattern)


@dataclass(frozen=True, slots=True, order=True)
class Binding:
    """How tightly an entry holds its arguments.

    Args:
        level: higher binds tighter.
        right: whether of two equal levels the right one is done first.
    """

    level: int
    right: bool = False


@dataclass(frozen=True)
class Syntax:
    """A decided lexicon: one entry per word, with binding levels.

    Args:
        entries: word -> entry; the hidden word is under the empty text.
        bindings: word -> binding, for every entry with arguments.
        open_class: whether a word never seen stands for itself, as all plain words seen did.
    """

    entries: Mapping[str, Entry]
    bindings: Mapping[str, Binding] = field(default_factory=lambda: MappingProxyType({}))
    open_class: bool = False

    @property
    def literals(self) -> frozenset[str]:
        """Words that only belong to the patterns of others."""
        return frozenset(e.literal for e in self.entries.values() if e.literal is not None)

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """All words that are known, plain words and heads first."""
        words = [word for word in self.entries if word != HIDDEN]
        return (*words, *sorted(self.literals))
