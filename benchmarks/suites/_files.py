"""Files of data sets: compressed text and arrays, with one clear error."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from nsr.errors import InputError


def read_lines(path: Path) -> list[str]:
    """The lines of a gzip file of UTF-8 text.

    Raises:
        InputError: naming the file, if it cannot be read.
    """
    try:
        return gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise InputError(f"cannot read: {error}", source=str(path)) from None


def read_rows(path: Path, columns: int) -> list[list[str]]:
    """The rows of a gzip file of tab-separated text, the header too.

    Raises:
        InputError: naming file and line, if a row has another number of columns.
    """
    rows = [line.split("\t") for line in read_lines(path)]
    for number, row in enumerate(rows, 1):
        if len(row) != columns:
            fault = f"expected {columns} columns, got {len(row)}"
            raise InputError(fault, source=str(path), place=f"line {number}")
    return rows


def read_arrays(path: Path, *names: str) -> list[npt.NDArray[np.generic]]:
    """Arrays of an `.npz` file.

    Raises:
        InputError: naming the file, if it cannot be read or lacks one of them.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return [arrays[name] for name in names]
    except (OSError, EOFError, ValueError, KeyError, BadZipFile, zlib.error) as error:
        raise InputError(f"cannot read: {error}", source=str(path)) from None
