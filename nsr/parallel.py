"""Many independent calls over worker processes, results as they come.

A worker that dies or hangs costs its own item, never the run.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from nsr.errors import InputError

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Crashed:
    """Stands for the result of a call whose worker died ("crash") or hung ("hang")."""

    reason: str


def each(
    function: Callable[[T], R],
    items: Sequence[T],
    *,
    jobs: int = 1,
    patience: float | None = None,
) -> Iterator[tuple[int, R | Crashed]]:
    """`(i, function(items[i]))` for every item, in the order in which they are finished.

    Args:
        function: importable by name in a worker, and so are its argument and result picklable.
        items: the arguments.
        jobs: processes; with 1 everything runs here, in order.
        patience: seconds to wait for one call before its worker counts as hung; only with
            several jobs. `None`: for ever.

    Raises:
        InputError: if `jobs` is not positive.

    An exception raised by `function` ends the run and is raised here.

    >>> list(each(abs, [-1, 2]))
    [(0, 1), (1, 2)]
    """
    if jobs < 1:
        raise InputError(f"jobs must be positive, got {jobs}")
    if jobs == 1:
        for i, item in enumerate(items):
            yield i, function(item)
        return
    waiting = dict(enumerate(items))
    while waiting:
        broken = False
        for i, result in _pool(function, waiting, jobs, patience):
            if isinstance(result, Crashed):
                broken = True
                break
            del waiting[i]
            yield i, result
        if not broken:
            return
        # One of the items in flight broke the pool, and nothing tells which. They are among the
        # oldest; each gets a pool of its own, where a second failure is surely its own.
        for i in list(waiting)[: 2 * jobs]:
            _, result = next(iter(_pool(function, {i: waiting.pop(i)}, 2, patience)))
            yield i, result


def _pool(
    function: Callable[[T], R], items: dict[int, T], jobs: int, patience: float | None
) -> Iterator[tuple[int, R | Crashed]]:
    """Results of one pool of workers; after a `Crashed` (numbered -1) it is gone."""
    # Imported here: joblib takes a tenth of a second.
    from multiprocessing import resource_tracker

    from joblib import Parallel, delayed
    from joblib.externals.loky import process_executor

    pool = Parallel(
        n_jobs=jobs,
        batch_size=1,
        pre_dispatch=2 * jobs,
        return_as="generator_unordered",
        timeout=patience,
        backend="loky",
    )
    resource_tracker.ensure_running()  # its start would let interruptions through again
    with _interruption_held():
        results = pool(delayed(_numbered)(function, i, item) for i, item in list(items.items()))
    try:
        # `yield from` would close the results itself, with joblib's warning.
        for numbered in results:  # noqa: UP028
            yield numbered
    except process_executor.TerminatedWorkerError:
        yield -1, Crashed("crash")
    except (TimeoutError, multiprocessing.TimeoutError):
        yield -1, Crashed("hang")
    finally:
        with warnings.catch_warnings():
            # joblib warns when its results are not all taken, as after an interruption.
            warnings.simplefilter("ignore")
            results.close()


@contextlib.contextmanager
def _interruption_held() -> Iterator[None]:
    """Until the end of the body an interruption waits; processes begun in it never see one."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _numbered(function: Callable[[Any], R], i: int, item: Any) -> tuple[int, R]:
    # An interruption at the terminal reaches every process of the group; the parent ends the
    # workers itself, without a traceback from each. This is for systems without signal masks.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return i, function(item)
