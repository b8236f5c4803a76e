"""Strict JSON from untrusted files: size-capped, no duplicate keys, one kind of error."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from pathlib import Path
from typing import Any, Final, NoReturn

from nsr.errors import InputError

MAX_BYTES = 64 << 20
"""Larger files are refused: the largest public ARC set has 4 MB."""

STDIN = "-"


def read_json(path: str | Path) -> Any:
    """The value in a JSON file; `-` reads standard input.

    Raises:
        InputError: if the file cannot be read, is no regular file, is larger than `MAX_BYTES`,
            or is not JSON.
    """
    return parse_json(read_bytes(path), source_name(path))


def source_name(path: str | Path) -> str:
    """What messages call a file."""
    return "standard input" if str(path) == STDIN else str(path)


def files_in(path: Path, *suffixes: str) -> list[Path] | None:
    """The files of a folder that end so, in order; `None` if the path is no folder.

    Raises:
        InputError: if it cannot be read or has no such file.
    """
    try:
        if not path.is_dir():
            return None
        # Hidden files are not the user's: some systems leave one beside every file.
        found = sorted(p for p in path.iterdir() if p.suffix in suffixes and p.name[0] != ".")
    except OSError as error:
        raise InputError(f"cannot read: {error.strerror}", source=str(path)) from None
    if not found:
        raise InputError(f"no {' or '.join(suffixes)} file in this directory", source=str(path))
    return found


def read_bytes(path: str | Path) -> bytes:
    """Up to `MAX_BYTES + 1` bytes of a file; `-` reads standard input.

    Raises:
        InputError: if the file cannot be read or is no regular file.
    """
    if str(path) == STDIN:
        return read_stdin(MAX_BYTES + 1)
    try:
        with open(path, "rb", opener=_open_regular) as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot read: {error.strerror or error}", source=str(path)) from None
    except ValueError as error:  # a null byte in the name
        raise InputError(f"cannot read: {error}", source=str(path)) from None


def read_stdin(most: int) -> bytes:
    """Up to so many bytes of standard input.

    Raises:
        InputError: if it cannot be read.
    """
    source = source_name(STDIN)
    if sys.stdin is None:  # as Python has it when the shell closed it
        raise InputError("cannot read: it is closed", source=source)
    try:
        return sys.stdin.buffer.read(most)
    except OSError as error:
        raise InputError(f"cannot read: {error.strerror or error}", source=source) from None


def parse_json(raw: bytes, source: str) -> Any:
    """The value of a JSON text in UTF-8, with or without byte order mark.

    Raises:
        InputError: if it is too long, not UTF-8, not JSON, nested too deeply, holds a key twice
            in one object, or NaN or Infinity.

    >>> parse_json(b'{"a": 1, "a": 2}', "x.json")
    Traceback (most recent call last):
    nsr.errors.InputError: x.json: line 1 column 10: the key 'a' stands twice in one object
    """
    if len(raw) > MAX_BYTES:
        raise InputError(f"larger than {MAX_BYTES >> 20} MB", source=source)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 text (byte {error.start})", source=source) from None
    if not text.strip():
        raise InputError("expected JSON, got an empty file", source=source)
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise InputError(f"not JSON: {error.msg}", source=source, place=place) from None
    except RecursionError:
        raise InputError("not usable: nested too deeply", source=source) from None
    except InputError as error:
        raise InputError(error.message, source=source, place=_place(text)) from None
    except ValueError as error:  # an integer with thousands of digits
        raise InputError(f"not usable: {error}", source=source) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise InputError(f"the key {key!r} stands twice in one object")
            seen.add(key)
    return result


_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"(\s*:)?|[{}]|NaN|-?Infinity')


def _place(text: str) -> str | None:
    """Where the first key that stands twice is, or the first number that JSON does not have.

    The decoder tells its hooks no place, so a text that it refused is gone through again.
    """
    keys: list[set[str]] = []
    for token in _TOKEN.finditer(text):
        found = token[0]
        if found == "{":
            keys.append(set())
        elif found == "}":
            keys.pop()
        elif found[0] == '"' and token[1] is None:
            continue
        elif found[0] != '"' or (key := json.loads(found.rstrip(": \t\r\n"))) in keys[-1]:
            line = text.count("\n", 0, token.start()) + 1
            column = token.start() - text.rfind("\n", 0, token.start())
            return f"line {line} column {column}"
        else:
            keys[-1].add(key)
    return None


def _no_constant(name: str) -> NoReturn:
    raise InputError(f"not JSON: {name} is no JSON number")


def _open_regular(path: str, flags: int) -> int:
    # Not blocking, so that a named pipe is refused instead of waited for.
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("not a regular file")
    return descriptor
