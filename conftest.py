"""Names that the examples in docstrings of the grid domain may use."""

from __future__ import annotations

from collections.abc import Iterator
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
def _grid_names(
    request: pytest.FixtureRequest, doctest_namespace: dict[str, Any]
) -> Iterator[None]:
    if not request.node.name.startswith(("nsr.domains.grids", "nsr.perception.")):
        yield
        return
    from nsr.domains.grids import GRIDS

    names = {name: p.function for name, p in GRIDS.primitives.items()}
    names |= {"grid": _grid, "show": _show}
    doctest_namespace.update(names)
    yield
    # The namespace lasts for the session; other domains have primitives of the same names.
    for name in names:
        del doctest_namespace[name]
