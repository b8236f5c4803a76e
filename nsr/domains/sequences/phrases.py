"""Primitives of phrases that the lists lack: parts as phrases, single words, no words."""

from __future__ import annotations

from nsr.domain import PrimitiveSet
from nsr.domains.sequences.values import Strs
from nsr.errors import UndefinedError

primitives = PrimitiveSet()


@primitives()
def nothing() -> Strs:
    """The phrase without words.

    >>> nothing()
    ()
    """
    return ()


@primitives(cost=0.0)
def word(text: str) -> Strs:
    """The phrase of one word.

    >>> word("a")
    ('a',)
    """
    return (text,)


@primitives()
def front_strs(phrase: Strs) -> Strs:
    """The first word as a phrase; undefined for an empty phrase.

    >>> front_strs(("a", "b", "c"))
    ('a',)
    """
    if not phrase:
        raise UndefinedError("first word of an empty phrase")
    return phrase[:1]


@primitives()
def back_strs(phrase: Strs) -> Strs:
    """The final word as a phrase; undefined for an empty phrase.

    >>> back_strs(("a", "b", "c"))
    ('c',)
    """
    if not phrase:
        raise UndefinedError("final word of an empty phrase")
    return phrase[-1:]
