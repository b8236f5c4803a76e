"""The engine with one part switched off or exchanged, in the run's own process."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

import searchers
from nsr.errors import InputError
from nsr.search import deduction, goals


@dataclass(frozen=True)
class Variant:
    """An engine with one part switched off or exchanged.

    Args:
        says: what is different.
        knowledge: special knowledge of the domain that programs may use.
        hidden: primitives that programs may not use.
        library: whether programs may call those found for other tasks.
        patch: done once, before the search.
    """

    says: str
    knowledge: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    library: bool = False
    patch: Callable[[], None] = lambda: None


def _only_forward() -> None:
    """Goals are never taken apart, nor covered by cases."""
    without = functools.partialmethod(goals.Goals.__init__, inverses=False)
    goals.Goals.__init__ = without  # type: ignore[method-assign, assignment]


def _nothing_deduced() -> None:
    """Functions inside schemes are searched without examples of their own.

    The arguments of these examples still tell functions apart.
    """
    deduced = deduction.functions

    def functions(problem: Any, inner: deduction.Inner, **options: Any) -> Any:
        arguments = [(number, values) for number, values, _ in inner.examples]
        blind = replace(inner, examples=(), probes=[*arguments, *inner.probes])
        return deduced(problem, blind, **options)

    names = [f"searchers.{info.name}" for info in pkgutil.iter_modules(searchers.__path__)]
    names.append("nsr.search.guesses")
    modules = [importlib.import_module(name) for name in names]
    users = [module for module in modules if getattr(module, "functions", None) is deduced]
    if not users:
        raise InputError("nothing to switch off: nothing uses nsr.search.deduction.functions")
    for module in users:
        module.functions = functions  # type: ignore[attr-defined]


VARIANTS: Final[Mapping[str, Variant]] = MappingProxyType(
    {
        "full": Variant("nothing"),
        "no-inversion": Variant(
            "goals are met by values only: never taken apart, never covered by cases",
            patch=_only_forward,
        ),
        "no-deduction": Variant(
            "functions inside schemes have no examples: the check of the whole program decides",
            patch=_nothing_deduced,
        ),
        "numerals": Variant(
            "knowledge of numerals: digits to value and back", knowledge=("numerals",)
        ),
        "no-order": Variant("no sorting: the space has no sort_by", hidden=("sort_by",)),
        "library": Variant(
            "programs may call those found for the other tasks of classic and development",
            library=True,
        ),
    }
)
"""Name -> what is different."""
