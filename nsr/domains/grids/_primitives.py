"""The one table of grid primitives; every file of primitives adds to it."""

from __future__ import annotations

from nsr.domain import PrimitiveSet

primitives = PrimitiveSet()
