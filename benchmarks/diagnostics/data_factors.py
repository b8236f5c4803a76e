"""What training data do to generalisation: more primitives, more pairs, easier pairs.

After Zhou, Jiang & Bansal (2023, Data Factors for Better Compositional Generalization, 2311.04420),
tables 1 to 4: 2 and 20 times as many primitives, data scale, example difficulty. The training sets
are splits of the suites (`benchmarks.suites._factors`), run like any other:

    python -m benchmarks run scan --split addprim_jump-x2 --split addprim_jump-x20 \\
        --split easy-2000 --split hard-2000 --split random-2000 \\
        --method nsr-machine --method transformer-relative-universal
    python -m benchmarks run hint --split easy-10000 --split hard-10000 --split random-10000 \\
        --method nsr-machine --method transformer-relative-universal
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from benchmarks.report.results import Entry

FACTORS: Final = {
    "primitives": {
        "scan": ("addprim_jump", "addprim_jump-x2", "addprim_jump-x20"),
    },
    "difficulty": {
        "scan": ("easy-2000", "random-2000", "hard-2000"),
        "hint": ("easy-10000", "random-10000", "hard-10000"),
    },
}
"""Factor -> suite -> splits that differ in it."""


def factors(found: Iterable[Entry]) -> list[dict[str, Any]]:
    """One row for each factor, suite and method: `figures`, split -> entry, where there are two."""
    known = list(found)
    rows = []
    for factor, suites in FACTORS.items():
        for suite, splits in suites.items():
            for method in dict.fromkeys(e.method for e in known if e.suite == suite):
                figures = {
                    e.split: e
                    for split in splits
                    for e in known
                    if (e.suite, e.split, e.method) == (suite, split, method)
                }
                if len(figures) > 1:
                    rows.append(
                        {"factor": factor, "suite": suite, "method": method, "figures": figures}
                    )
    return rows
