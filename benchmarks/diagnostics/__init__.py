"""Diagnostics after the papers that found what makes generalisation easy or hard.

Each is one file with its source; `data_factors` and `seed_variance` read the records of the
comparison; `coverage`, `bias_complexity` and `generalization_difficulty` compute from the data
alone. The report shows them.
"""

from __future__ import annotations

from typing import Final

SPLITS: Final = {
    "scan": ("simple", "length", "addprim_jump", "template_around_right"),
    "hint": ("symbols",),
}
"""Suites and splits that are looked at."""
