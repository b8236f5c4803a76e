"""SCAN: navigation commands and their action sequences (Lake & Baroni, ICML 2018, 1711.00350).

The 20,910 pairs are generated here from the published phrase-structure grammar and meaning (their
appendix) and compared with the checksum of the official list. Splits that are rules are made by
their rule; the random ones are official if `NSR_DATA` has them or downloads are allowed, else drawn
by the seed.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.suites import Data, Pair, _download, draw, folder, random_size
from benchmarks.suites._factors import GRADED, TIMES, copied, graded
from benchmarks.suites._files import read_lines
from nsr.errors import InputError, UnknownNameError

CHECKSUM: Final = "6be4b39bc8bf3a20be810b6991250d0493e608560609db6765dd679e1ed1c98e"
"""SHA-256 of the lines of the official `tasks.txt`, sorted, each ended by a newline."""

ACTIONS: Final = {"walk": "I_WALK", "look": "I_LOOK", "run": "I_RUN", "jump": "I_JUMP"}
TURNS: Final = {"left": "I_TURN_LEFT", "right": "I_TURN_RIGHT"}
WORDS: Final = (
    *ACTIONS,
    *("turn", *TURNS, "opposite", "around", "twice", "thrice", "and", "after"),
    *ACTIONS.values(),
    *TURNS.values(),
)
"""Every word of inputs and outputs."""

JUMP: Final = ("jump",)
JUMP_SHARE: Final = 10
"""`jump` alone is repeated until it is one line in so many of the training lines."""

LONGEST_TRAINED: Final = 22
SMALL: Final = {f"simple_p{k}": k for k in (1, 2, 4, 8, 16, 32, 64)}
"""Split -> per cent of all pairs in training."""

COMMIT: Final = "c4b756cbc010d75c912f16c42c8f15dc6b7e6c8f"
OFFICIAL: Final = {
    "simple": "941bb8a088c5f53ceff12fde902dc008933cf0c4203cc672c47b5f79d73262dd",
    "simple_p1": "875a486ebef42d5cb601ea26107b9e6d6abbbacd9dcd822ebbc852054cc09ae6",
    "simple_p2": "3f20269e04e6700ed986f60b2f471aec64c795ccbb24e7d0e28c6932c0ddf96e",
    "simple_p4": "f7ef57392e45c6eb92a92841b98d6d129ce9b6625a2b560da49f579e1a9a002d",
    "simple_p8": "b65598c5c9354c6c53f5aa28b6a9af7097b5b1351d36405f3497a94de6021715",
    "simple_p16": "302c01e9e5e3ed30bcaeac813be9c5cd67853a546548467030f523af86ab8821",
    "simple_p32": "7324fd702a56753f041e069618dc3e0fcffe13639c0991ea45f71055eda9e5c9",
    "simple_p64": "5e8427016616c21d21a9f8a6826c9dcb1dbfe5dca30ad7e0786419b8f7ec6e0c",
}
"""Random split -> SHA-256 of its official training file; its test is the rest."""

Rule = Callable[[Sequence[Pair], int], tuple[Sequence[Pair], Sequence[Pair]]]


def generate() -> list[Pair]:
    """All pairs of the language."""
    turns = [(("turn", d), ("turn",), d) for d in TURNS]
    directed = turns + [((u, d), (u,), d) for u in ACTIONS for d in TURNS]
    verbs: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
        ((u,), (a,)) for u, a in ACTIONS.items()
    ]
    for command, (head,), side in directed:
        turn, action = (TURNS[side],), (() if head == "turn" else (ACTIONS[head],))
        verbs.append((command, turn + action))
        verbs.append(((head, "opposite", side), turn * 2 + action))
        verbs.append(((head, "around", side), (turn + action) * 4))
    repeated = [
        ((*x, *word), y * times)
        for x, y in verbs
        for word, times in (((), 1), (("twice",), 2), (("thrice",), 3))
    ]
    joined = [((*x, "and", *u), y + v) for x, y in repeated for u, v in repeated]
    swapped = [((*x, "after", *u), v + y) for x, y in repeated for u, v in repeated]
    return repeated + joined + swapped


def checksum(pairs: Sequence[Pair]) -> str:
    """SHA-256 of the pairs as sorted lines of the official form."""
    lines = sorted(f"IN: {' '.join(x)} OUT: {' '.join(y)}\n" for x, y in pairs)
    return hashlib.sha256("".join(lines).encode("ascii")).hexdigest()


@functools.cache
def everything() -> tuple[Pair, ...]:
    """All pairs, checked against the official list.

    Raises:
        InputError: if they are not the official ones.
    """
    pairs = tuple(generate())
    if checksum(pairs) != CHECKSUM:
        raise InputError("the generated pairs are not the official ones")
    return pairs


# -- splits that are rules -----------------------------------------------------------------------
def by_length(pairs: Sequence[Pair], _seed: int = 0) -> tuple[list[Pair], list[Pair]]:
    """Outputs of at most 22 actions in training, longer ones in the test."""
    train = [p for p in pairs if len(p[1]) <= LONGEST_TRAINED]
    return train, [p for p in pairs if len(p[1]) > LONGEST_TRAINED]


def by_jump(pairs: Sequence[Pair], _seed: int = 0) -> tuple[list[Pair], list[Pair]]:
    """`jump` alone in training, as a tenth of the lines; in other commands only in the test."""
    train = [p for p in pairs if "jump" not in p[0]]
    alone = [p for p in pairs if p[0] == JUMP]
    train += alone * -(-len(train) // (JUMP_SHARE - 1))
    return train, [p for p in pairs if "jump" in p[0] and p[0] != JUMP]


def by_template(pairs: Sequence[Pair], _seed: int = 0) -> tuple[list[Pair], list[Pair]]:
    """No `around right` in training (Loula et al., 2018).

    Commands with `turn around right` are in neither part.
    """
    train = [p for p in pairs if " around right" not in " ".join(p[0])]
    test = [
        p
        for p in pairs
        if " around right" in (x := " ".join(p[0])) and "turn around right" not in x
    ]
    return train, test


RULES: Final[dict[str, Rule]] = {
    "length": by_length,
    "addprim_jump": by_jump,
    "template_around_right": by_template,
}


class Scan:
    """The suite.

    `SPLIT-xN` has N times as many primitives in training, `easy-N` and `hard-N` have N pairs with
    few or many actions.
    """

    name = "scan"
    splits = ("simple", *RULES, *SMALL)
    compared = ("simple", *RULES)
    level_name = "actions in the output"
    metric = "share of test commands whose whole action sequence is right"
    licence = "BSD (Facebook, Inc.)"
    source = f"https://github.com/brendenlake/SCAN, commit {COMMIT}"

    def load(self, split: str, *, seed: int = 0) -> Data:
        """The data of a split, see `Suite.load`."""
        pairs = everything()
        if more := TIMES.fullmatch(split):
            plain = self.load(more["split"], seed=seed)
            return replace(plain, train=copied(plain.train, int(more["times"]), ACTIONS, seed))
        if grade := GRADED.fullmatch(split):
            train = graded(pairs, grade["grade"], int(grade["size"]), seed, lambda p: len(p[1]))
            chosen = set(train)
            return Data(train, {"test": [p for p in pairs if p not in chosen]}, origin="random")
        size = random_size(split)
        if size is None and split not in self.splits:
            known = [*self.splits, "random-N", "easy-N", "hard-N", "SPLIT-xN"]
            raise UnknownNameError("split of scan", split, known)
        if size is not None:
            train, test = draw(pairs, size, seed)
            return Data(train, {"test": test}, origin="random")
        data = folder(self.name)
        if data is not None:
            return _published(data, split)
        if split in RULES:
            found = RULES[split](pairs, seed)
            return Data(found[0], {"test": found[1]}, origin="by rule")
        if _download.allowed():
            return _downloaded(split)
        train, test = draw(pairs, len(pairs) * SMALL.get(split, 80) // 100, seed)
        return Data(train, {"test": test}, origin="random")

    def level(self, test: str, x: tuple[str, ...], y: tuple[str, ...]) -> int:
        """See `Suite.level`."""
        return len(y)


def pinned(split: str) -> _download.Pinned:
    """The official training file of a random split."""
    folder = "simple_split" if split == "simple" else "simple_split/size_variations"
    name = f"tasks_train_{split}.txt"
    url = f"https://raw.githubusercontent.com/brendenlake/SCAN/{COMMIT}/{folder}/{name}"
    return _download.Pinned(url, OFFICIAL[split], f"scan-{name}")


def _downloaded(split: str) -> Data:
    text = _download.fetch(pinned(split)).read_text(encoding="ascii")
    train = _parsed(text.splitlines())
    known = set(train)
    return Data(train, {"test": [pair for pair in everything() if pair not in known]})


def _parsed(lines: Sequence[str]) -> list[Pair]:
    halves = (line.removeprefix("IN: ").partition(" OUT: ") for line in lines)
    return [(tuple(x.split()), tuple(y.split())) for x, _, y in halves]


def _published(data: Path, split: str) -> Data:
    pairs = _parsed(read_lines(data / "tasks.txt.gz"))
    if checksum(pairs) != CHECKSUM:
        raise InputError("not the official list of pairs", source=str(data / "tasks.txt.gz"))
    parts = []
    for part in ("train", "test"):
        path = data / "splits" / f"{split}_{part}.txt.gz"
        numbers = read_lines(path)
        if not all(n.isdigit() and int(n) < len(pairs) for n in numbers):
            raise InputError("expected numbers of pairs, one a line", source=str(path))
        parts.append([pairs[int(n)] for n in numbers])
    return Data(parts[0], {"test": parts[1]})


SUITE: Final = Scan()
