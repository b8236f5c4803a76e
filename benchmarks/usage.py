"""Which primitives earn their place: how many tasks each one helps to solve.

A task counts for the primitives of its best program if the first attempts that this program gives
are right on every test input.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any

from benchmarks.arc import add_options, measure
from benchmarks.records import save
from nsr.space import load_space

NAME = "usage"
DESCRIPTION = "primitive -> number of ARC tasks whose right program uses it"


def run(arguments: Sequence[str]) -> None:
    """Solve the set, print the table, write a record."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks run {NAME}")
    add_options(parser)
    options = parser.parse_args(arguments)
    record = measure(options)
    record["summary"]["usage"] = table = usage(record["tasks"])
    for name, tasks in table.items():
        print(f"{tasks:4}  {name}")
    path = save(NAME, record)
    counts = list(table.values())
    print(
        f"{len(counts)} primitives: {sum(n > 1 for n in counts)} serve two tasks or more, "
        f"{counts.count(1)} one, {counts.count(0)} none; record in {path}"
    )


def usage(rows: list[dict[str, Any]], space: str = "grids") -> dict[str, int]:
    """Primitive -> tasks, the most used first; primitives never used stand at the end."""
    table = dict.fromkeys(load_space(space).applications, 0)
    for row in rows:
        if row["program"] is not None and all(row["right_1"]):
            for name in dict.fromkeys(re.findall(r"[a-z_][a-z0-9_]*(?=\()", row["program"])):
                table[name] = table.get(name, 0) + 1
    return dict(sorted(table.items(), key=lambda item: -item[1]))
