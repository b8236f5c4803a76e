"""What the inputs and outputs alone say about words, before any tree is built."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np

Phrase: TypeAlias = tuple[str, ...]
Pair: TypeAlias = tuple[Phrase, Phrase]

LACKING: Final = 4.0
"""A source may lack in this many times more of a token's inputs than outputs are wrong."""

_MIN_COPIES: Final = 10
_MOSTLY: Final = 0.8


def sources(pairs: Sequence[Pair], noise: float = 0.0) -> dict[str, str]:
    """Word -> the output token that it brings along.

    A token's source is a word that stands in every input whose output has the token. Of several
    the one spelt alike is taken, else the one that tells most about the token. Where some
    outputs are wrong, the source is a word that lacks in few of those inputs, and that says best
    which outputs have the token.

    Args:
        pairs: inputs and outputs.
        noise: share of wrong outputs; above 0 a source may lack in some inputs.

    >>> sources([(("go", "up"), ("G", "U")), (("go",), ("G",)), (("run", "up"), ("R", "U"))])
    {'go': 'G', 'run': 'R', 'up': 'U'}
    """
    seen = Counter(w for x, _ in pairs for w in set(x))
    given = Counter(token for _, y in pairs for token in set(y))
    together: dict[str, Counter[str]] = {token: Counter() for token in sorted(given)}
    for x, y in pairs:
        for token in set(y):
            together[token].update(set(x))
    least = 1.0 - min(0.5, LACKING * noise)
    found: dict[str, tuple[tuple[bool, float], str]] = {}
    for token, counts in together.items():
        able = [w for w, n in sorted(counts.items()) if n >= least * given[token]]
        if noise and token not in able and counts[token] >= 0.5 * given[token]:
            able.append(token)
        if not able:
            continue
        bits = {w: _bits(counts[w], seen[w], given[token], len(pairs)) for w in able}
        word = min(able, key=lambda w: (w != token, bits[w]))
        rank = word == token, counts[word] / seen[word]
        if word not in found or rank > found[word][0]:
            found[word] = (rank, token)
    return {word: token for word, (_, token) in sorted(found.items())}


def _bits(both: int, seen: int, given: int, total: int) -> float:
    """Code length of which outputs have a token, told which inputs have a word."""
    return _entropy(both, seen) + _entropy(given - both, total - seen)


def _entropy(some: int, total: int) -> float:
    counts = [n for n in (some, total - some) if n > 0]
    return -sum(n * math.log2(n / total) for n in counts)


def noisy(pairs: Sequence[Pair]) -> bool:
    """Whether some output token has no word that stands in all its inputs."""
    common: dict[str, set[str]] = {}
    for x, y in pairs:
        for token in y:
            common.setdefault(token, set(x)).intersection_update(x)
    return not all(common.values())


def copies(pairs: Sequence[Pair], constants: Mapping[str, str], noise: float = 0.0) -> list[str]:
    """The plain words if all of them stand for themselves, and they are at least ten.

    Words never brought along are among them where plain words are sometimes lost: a word that
    stands in k inputs and is missing from each output is plain with the odds (number of plain
    words) * (share of plain words missing) ** k.

    Args:
        pairs: inputs and outputs.
        constants: word -> output token.
        noise: share of wrong outputs; above 0 a few of the constants may differ.
    """
    alike = {w for w, t in constants.items() if w == t}
    if len(alike) < max(_MIN_COPIES, (_MOSTLY if noise else 1.0) * len(constants)):
        return []
    seen = Counter(w for x, _ in pairs for w in set(x))
    kept = sum(w in y for x, y in pairs for w in set(x) if w in alike)
    missing = 1.0 - kept / sum(seen[w] for w in alike)
    return [w for w in sorted(seen) if w in alike or len(alike) * missing ** seen[w] > 1.0]


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
    tallies = [Counter(x) for x in inputs]
    counts = np.array([[tally[w] for w in words] for tally in tallies], float)
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
