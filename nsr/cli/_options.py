"""Options that several sub-commands share."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from nsr.budget import Budget

F = TypeVar("F", bound=Callable[..., Any])

_LIMITS = (
    click.option(
        "--seconds",
        type=click.FloatRange(0, 1e7, min_open=True),
        metavar="S",
        help="Seconds per task.  [default: 10, or no limit with --fuel]",
    ),
    click.option(
        "--fuel",
        type=click.IntRange(1),
        metavar="N",
        help="Primitive applications times examples per task: a limit with the same results on "
        "any machine.  [default: 20 million, or no limit with --seconds]",
    ),
    click.option(
        "--memory",
        type=click.IntRange(1, 1 << 20),
        metavar="MB",
        help="Megabytes of values kept per task.  [default: 512]",
    ),
    click.option(
        "--seed", type=click.IntRange(0), default=0, show_default=True, help="Of all randomness."
    ),
    click.option(
        "--searcher",
        default="portfolio",
        show_default=True,
        metavar="NAME",
        help="How to search.",
    ),
)


def limits(function: F) -> F:
    """Add `--seconds --fuel --memory --seed --searcher`."""
    for option in reversed(_LIMITS):
        function = option(function)
    return function


def budget(seconds: float | None, fuel: int | None, memory: int | None) -> Budget:
    """The budget that the options mean.

    One of `--seconds` and `--fuel` switches off the default of the other: with a limit of fuel
    alone the results do not depend on the machine.
    """
    from nsr.budget import MEBIBYTE, Budget
    from nsr.solver import DEFAULT_BUDGET

    if seconds is None and fuel is None:
        seconds, fuel = DEFAULT_BUDGET.seconds, DEFAULT_BUDGET.fuel
    nbytes = DEFAULT_BUDGET.memory if memory is None else memory * MEBIBYTE
    return Budget(fuel=fuel, seconds=seconds, memory=nbytes)


@contextlib.contextmanager
def about(path: str | None) -> Iterator[None]:
    """Name the file in errors that come from what was read from it."""
    from nsr.errors import InputError

    try:
        yield
    except InputError as error:
        if path is None or error.source is not None:
            raise
        raise InputError(error.message, source=path, place=error.place) from None


def check_searcher(name: str) -> None:
    """Raise `UnknownNameError` if there is no searcher of that name."""
    from nsr.errors import UnknownNameError
    from nsr.search import searcher_names

    if name not in searcher_names():
        raise UnknownNameError("searcher", name, searcher_names())


def check_output(path: str, inputs: Iterable[str]) -> None:
    """Refuse to write over what was read, or beside it where it would be read next time.

    Raises:
        InputError: if `path` is one of the inputs, a `.json` file in one of their directories,
            or cannot be written.
    """
    from nsr.atomic import check_writable
    from nsr.errors import InputError

    if path == "-":
        raise InputError("cannot write: expected the name of a file", source=path)
    target = Path(os.path.realpath(path))
    for name in inputs:
        source = Path(os.path.realpath(name))
        if target == source and not source.is_dir():
            raise InputError("cannot write: the file is one of the inputs", source=path)
        if target.parent == source and target.suffix == ".json":
            raise InputError("cannot write: it would be an input the next time", source=path)
    check_writable(path)
