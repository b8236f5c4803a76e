"""Native code: on one thread, so that sums have one order and one seed gives one result."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache


@contextmanager
def one_thread() -> Iterator[None]:
    """torch computes on one thread inside, and as before outside."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@cache
def half_precision() -> bool:
    """Whether the processor has fast products of bfloat16 matrices."""
    import torch

    report = getattr(torch.cpu, "get_capabilities", None)  # older torch has none
    return report is not None and bool(report().get("amx_bf16"))
