"""Files of pairs: one per line, `input<TAB>output`, tokens separated by spaces, UTF-8."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from nsr.data.jsonfile import STDIN, read_stdin, source_name
from nsr.errors import InputError

MAX_BYTES = 256 << 20


def read_pairs(
    path: str | Path, output: Callable[[str, str], Any]
) -> list[tuple[tuple[str, ...], Any]]:
    """The pairs of a file; empty lines are passed over.

    Args:
        path: of the file; `-` is standard input.
        output: `output(text, place)` gives the output that a text stands for, or raises
            `InputError`.

    Raises:
        InputError: naming file and line, if the file cannot be read, is too large, is no UTF-8,
            holds no pair, or a line has not exactly one tab or no input.
    """
    name = source_name(path)
    pairs = []
    for number, line in _lines(path, name):
        place = f"line {number}"
        fields = line.split("\t")
        if len(fields) != 2:
            raise InputError(
                f"expected input<TAB>output, got {len(fields) - 1} tabs", source=name, place=place
            )
        tokens = tuple(fields[0].split())
        if not tokens:
            raise InputError("the input is empty", source=name, place=place)
        try:
            pairs.append((tokens, output(fields[1], place)))
        except InputError as error:
            raise InputError(error.message, source=name, place=place) from None
    if not pairs:
        raise InputError("no pairs in it", source=name)
    return pairs


def read_inputs(path: str | Path) -> list[tuple[str, ...]]:
    """The inputs of a file, one per line; what follows a tab is passed over.

    Raises:
        InputError: as `read_pairs` does.
    """
    name = source_name(path)
    return [tuple(line.split("\t")[0].split()) for _, line in _lines(path, name)]


def _lines(path: str | Path, name: str) -> Iterator[tuple[int, str]]:
    try:
        if str(path) == STDIN:
            raw = read_stdin(MAX_BYTES + 1)
        else:
            with open(path, "rb") as file:
                raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot read: {reason}", source=name) from None
    if len(raw) > MAX_BYTES:
        raise InputError(f"larger than {MAX_BYTES >> 20} MB", source=name)
    for number, line in enumerate(raw.splitlines(), 1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise InputError("not UTF-8 text", source=name, place=f"line {number}") from None
        if text.strip():
            yield number, text
