"""Native code: on one thread, so that sums have one order and one seed gives one result."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache


@contextmanager
def one_thread() -> Iterator[None]:
    """torch computes on one thread inside, and as before outside.

    Numbers too small for a full mantissa count as zero, where the processor can do that: sharp
    attention is full of them, and they made a step of training a quarter slower.
    """
    import torch

    threads, flushed = torch.get_num_threads(), _flushed()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_flush_denormal(flushed)


def _flushed() -> bool:
    """Whether the smallest numbers count as zero now; torch does not tell."""
    import torch

    return not bool(torch.full((), 1e-40).mul(1.0))


@cache
def half_precision() -> bool:
    """Whether the processor has fast products of bfloat16 matrices."""
    import torch

    report = getattr(torch.cpu, "get_capabilities", None)  # older torch has none
    return report is not None and bool(report().get("amx_bf16"))
