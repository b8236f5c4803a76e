"""What the inputs and outputs alone say about words, before any tree is built."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np

Phrase: TypeAlias = tuple[str, ...]
Pair: TypeAlias = tuple[Phrase, Phrase]

_MIN_COPIES: Final = 10


def sources(pairs: Sequence[Pair]) -> dict[str, str]:
    """Word -> the output token that it brings along.

    A token's source is a word that stands in every input whose output has the token. Of several
    the one spelt alike is taken, else the one whose inputs have the token most often.

    >>> sources([(("go", "up"), ("G", "U")), (("go",), ("G",)), (("run", "up"), ("R", "U"))])
    {'go': 'G', 'run': 'R', 'up': 'U'}
    """
    common: dict[str, set[str]] = {}
    seen: Counter[str] = Counter()
    together: Counter[tuple[str, str]] = Counter()
    for x, y in pairs:
        words = set(x)
        seen.update(words)
        for token in set(y):
            common[token] = common[token] & words if token in common else set(words)
    for x, y in pairs:
        words = set(x)
        for token in set(y):
            together.update((token, word) for word in common[token] & words)
    best: dict[str, tuple[tuple[bool, float], str]] = {}
    for token in sorted(common):
        for word in sorted(common[token]):
            rank = (word == token, together[token, word] / seen[word])
            if token not in best or rank > best[token][0]:
                best[token] = (rank, word)
    found: dict[str, tuple[tuple[bool, float], str]] = {}
    for token, (rank, word) in best.items():
        if word not in found or rank > found[word][0]:
            found[word] = (rank, token)
    return {word: token for word, (_, token) in sorted(found.items())}


def stands_for_itself(constants: Mapping[str, str]) -> bool:
    """Whether all plain words, and at least ten, are copied to the output."""
    return len(constants) >= _MIN_COPIES and all(w == t for w, t in constants.items())


def partners(inputs: Sequence[Phrase], words: Sequence[str]) -> dict[str, str]:
    """Head word -> the literal word that closes or parts its arguments, as far as counts tell.

    A word is a literal if in every input it stands exactly as often as some other words together,
    and from left to right never more often than they do. The heads are found by least squares on
    the counts; the answer counts only if it is exact, 0 or 1 for every word, and unique.

    >>> partners([("[", "a", "]"), ("a",), ("[", "[", "a", "]", "]"), ("b", "[", "a", "]")],
    ...          ["[", "]", "b"])
    {'[': ']'}
    """
    found: dict[str, str] = {}
    counts = np.array([[x.count(w) for w in words] for x in inputs], float)
    for i, literal in enumerate(words):
        others = [j for j in range(len(words)) if j != i and words[j] not in found]
        if literal in found or not others or len(inputs) < 4:
            continue
        table, target = counts[:, others], counts[:, i]
        together = [k for k, j in enumerate(others) if (table[:, k] <= target).all()]
        if not together:
            continue
        solution, _, rank, _ = np.linalg.lstsq(table[:, together], target, rcond=None)
        whole = np.rint(solution)
        if rank < len(together) or not np.isin(whole, (0, 1)).all():
            continue
        if not np.array_equal(table[:, together] @ whole, target) or not whole.any():
            continue
        heads = [words[others[k]] for k, on in zip(together, whole, strict=True) if on]
        if all(_balanced(x, set(heads), literal) for x in inputs):
            found.update((head, literal) for head in heads)
    return found


def _balanced(x: Phrase, heads: set[str], literal: str) -> bool:
    level = 0
    for word in x:
        level += (word in heads) - (word == literal)
        if level < 0:
            return False
    return level == 0
