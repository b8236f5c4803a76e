"""How much results differ between seeds: mean, standard deviation, extremes over the records.

Networks that agree on i.i.d. tests may be far apart on others (McCoy, Min & Linzen 2020,
1911.02969); so one seed says little where the deviation is large.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from benchmarks.report.results import Entry


def variance(found: Sequence[Entry]) -> list[dict[str, Any]]:
    """One row for each entry with several seeds, the largest deviation first.

    Returns:
        `suite`, `split`, `method`, `seeds`, `mean`, `deviation` (of the sample), `least`, `most`;
        figures in per cent.
    """
    rows = [
        {
            "suite": entry.suite,
            "split": entry.split,
            "method": entry.method,
            "seeds": len(entry.records),
            "mean": entry.mean,
            "deviation": statistics.stdev(entry.exact),
            "least": min(entry.exact),
            "most": max(entry.exact),
        }
        for entry in found
        if len(entry.records) > 1
    ]
    return sorted(rows, key=lambda row: -float(row["deviation"]))
