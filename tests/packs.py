"""Data packs for the tests of the suites: that of `NSR_DATA`, and small ones."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

PACK = os.environ.get("NSR_DATA")
needs_pack = pytest.mark.skipif(not PACK, reason="NSR_DATA is not set")


def write(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(line + "\n" for line in lines).encode()))
