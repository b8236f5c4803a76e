"""The ten colours in which ARC grids are usually drawn."""

from __future__ import annotations

from typing import Final

PALETTE: Final = (
    "#000000",
    "#0074d9",
    "#ff4136",
    "#2ecc40",
    "#ffdc00",
    "#aaaaaa",
    "#f012be",
    "#ff851b",
    "#7fdbff",
    "#870c25",
)
LINE: Final = "#555555"
"""Between cells."""
