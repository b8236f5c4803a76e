"""What a seed may be."""

from __future__ import annotations

import numpy as np

from nsr.errors import InputError


def check_seed(seed: object) -> None:
    """Refuse a seed that the generators do not take.

    Raises:
        InputError: if it is no whole number from 0 to 2**64 - 1.
    """
    whole = isinstance(seed, (int, np.integer)) and not isinstance(seed, bool)
    if not whole or int(seed) < 0:  # type: ignore[call-overload]
        raise InputError(f"expected a seed of at least 0, got {seed!r}")
    if int(seed) >= 2**64:  # type: ignore[call-overload]
        raise InputError(f"expected a seed below 2**64, got {seed!r}")
