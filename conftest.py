"""Names that the examples in docstrings of the grid domain may use."""

from __future__ import annotations

from typing import Any

import pytest


def _grid(text: str) -> Any:
    """A grid from its one-line text: rows of digits separated by slashes."""
    from nsr.domains.grids.values import decode_grid

    return decode_grid([[int(cell) for cell in row] for row in text.split("/")])


def _show(value: Any) -> None:
    """Print a value of the grid domain on one line."""
    from nsr.domains.grids import GRIDS

    print(next(t for t in GRIDS.types.values() if t.contains(value)).show(value))


@pytest.fixture(autouse=True)
def _grid_names(request: pytest.FixtureRequest, doctest_namespace: dict[str, Any]) -> None:
    if not request.node.name.startswith(("nsr.domains.grids", "nsr.perception.")):
        return
    from nsr.domains.grids import GRIDS

    doctest_namespace.update((name, p.function) for name, p in GRIDS.primitives.items())
    doctest_namespace["grid"] = _grid
    doctest_namespace["show"] = _show
