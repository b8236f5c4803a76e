"""The collector runs seldom during a search, and as before after it."""

from __future__ import annotations

import gc

import pytest

from nsr.garbage import SELDOM, seldom


def test_thresholds_come_back_also_after_an_error() -> None:
    before = gc.get_threshold()

    @seldom()
    def fails() -> None:
        assert gc.get_threshold()[0] >= SELDOM[0]
        raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        fails()
    assert gc.get_threshold() == before


def test_what_is_switched_off_stays_off() -> None:
    before = gc.get_threshold()
    gc.set_threshold(0)
    try:
        with seldom():
            assert gc.get_threshold()[0] == 0
    finally:
        gc.set_threshold(*before)
