"""The decided syntax as a parser: one pass over the tokens, no look-ahead, no recursion.

Operator precedence (Dijkstra's shunting yard) for every pattern of `PATTERNS`: prefix, postfix,
infix, brackets, parted arguments, reverse Polish, and juxtaposition as an operator without a word.
The reference parses with a learnt transition parser and one head per word; binding levels say the
same in a form that generalises to every length.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from nsr.parsing.entries import ARITY, JUXTAPOSED, PATTERNS, Binding
from nsr.values import Undefined

Steps: TypeAlias = list[tuple[int, int]]
"""A tree in postfix order: (word number, position of its token; -1 for the hidden word)."""

Parser: TypeAlias = Callable[[Sequence[int]], Steps | Undefined]
"""From word numbers to the tree, or why there is none."""

_MARK: Final = -2
_REVERSED: Final = PATTERNS.index("__w")


@dataclass(frozen=True)
class Roles:
    """Numbers for the words of a lexicon.

    Args:
        patterns: word number -> number of its pattern, or -1 if it has no entry. The last word
            is the hidden one; words numbered beyond it are plain and take no arguments.
        literals: word number -> number of its literal, or -1.
    """

    patterns: Sequence[int]
    literals: Sequence[int]


def parse(
    tokens: Sequence[int], roles: Roles, levels: Sequence[int], right: Sequence[bool]
) -> Steps | Undefined:
    """The tree of a token string, or why there is none.

    Args:
        tokens: word numbers.
        roles: patterns and literals of words.
        levels, right: binding of each word, see `Binding`.
    """
    patterns, literals = roles.patterns, roles.literals
    hidden = len(patterns) - 1
    steps: Steps = []
    # Frames: (word, position, next element of its pattern).
    frames: list[tuple[int, int, int]] = []
    operand = True
    for at, word in enumerate(tokens):
        pattern = 0 if word > hidden else patterns[word]
        shape = PATTERNS[pattern] if pattern >= 0 else ""
        starts = shape[:1] == "w"
        if not operand and starts:
            # A neighbour: the next argument of what is open, or juxtaposed.
            operand = _neighbour(at, frames, steps, patterns, levels, right, hidden)
            if not operand:
                return Undefined(f"no reading: nothing takes the word at position {at + 1}")
        if operand:
            if not starts:
                return Undefined(f"no reading: the word at position {at + 1} lacks an argument")
            if pattern == 0:
                steps.append((word, at))
                operand = False
            else:
                frames.append((word, at, 2))
        elif pattern == _REVERSED:
            _reduce(frames, steps, patterns)
            if not frames or frames[-1][0] != _MARK:
                return Undefined(f"no reading: the word at position {at + 1} lacks an argument")
            frames.pop()
            steps.append((word, at))
        elif pattern >= 0:
            _bind(levels[word], right[word], frames, steps, patterns, levels)
            if len(shape) == 2:
                steps.append((word, at))
            else:
                frames.append((word, at, 3))
                operand = True
        else:
            _reduce(frames, steps, patterns)
            if not frames or frames[-1][0] == _MARK or literals[frames[-1][0]] != word:
                return Undefined(f"no reading: nothing ends at position {at + 1}")
            head, place, element = frames.pop()
            if PATTERNS[patterns[head]][element : element + 1] != "v":
                return Undefined(f"no reading: nothing ends at position {at + 1}")
            if element + 1 == len(PATTERNS[patterns[head]]):
                steps.append((head, place))
            else:
                frames.append((head, place, element + 2))
                operand = True
    if operand:
        return Undefined("no reading: the input ends too early")
    _reduce(frames, steps, patterns)
    return Undefined("no reading: the input ends too early") if frames else steps


def _neighbour(
    at: int,
    frames: list[tuple[int, int, int]],
    steps: Steps,
    patterns: Sequence[int],
    levels: Sequence[int],
    right: Sequence[bool],
    hidden: int,
) -> bool:
    juxtaposed = patterns[hidden] >= 0
    if juxtaposed:
        _bind(levels[hidden], right[hidden], frames, steps, patterns, levels)
    else:
        _reduce(frames, steps, patterns)
    if frames:
        word, place, element = frames[-1]
        waits = word >= 0 and PATTERNS[patterns[word]] == "w__" and element == 2
        if waits and (not juxtaposed or levels[word] >= levels[hidden]):
            frames[-1] = (word, place, 3)
            return True
    if juxtaposed:
        frames.append((hidden, -1, len(JUXTAPOSED)))
        return True
    if _REVERSED in patterns:
        frames.append((_MARK, at, 0))
        return True
    return False


def _bind(
    level: int,
    right: bool,
    frames: list[tuple[int, int, int]],
    steps: Steps,
    patterns: Sequence[int],
    levels: Sequence[int],
) -> None:
    """Finish what binds tighter than a word that comes in."""
    while frames:
        word, place, element = frames[-1]
        if word < 0 or element < len(PATTERNS[patterns[word]]):
            return
        if levels[word] < level or (levels[word] == level and right):
            return
        frames.pop()
        steps.append((word, place))


def _reduce(frames: list[tuple[int, int, int]], steps: Steps, patterns: Sequence[int]) -> None:
    """Finish everything that has all its arguments."""
    while frames:
        word, place, element = frames[-1]
        if word < 0 or element < len(PATTERNS[patterns[word]]):
            return
        frames.pop()
        steps.append((word, place))


def arity(pattern: int) -> int:
    """Number of arguments of a pattern, by its number."""
    return ARITY[PATTERNS[pattern]]


def by_number(
    bindings: Mapping[str, Binding], words: Sequence[str]
) -> tuple[list[int], list[bool]]:
    """Levels and directions as `parse` wants them."""
    found = [bindings.get(word, Binding(0)) for word in words]
    return [b.level for b in found], [b.right for b in found]
