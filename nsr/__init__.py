"""nsr: from a few examples to programs that hold on unseen inputs.

The public names below are loaded when first used, so `import nsr` stays fast.

>>> import nsr
>>> "solve" in dir(nsr)
True
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from nsr.budget import Budget, Meter, Spent
    from nsr.choice import Disagreement
    from nsr.domain import Domain, LiteralType, Primitive, PrimitiveSet, get_domain
    from nsr.errors import (
        ContradictionError,
        DeclinedError,
        GrammarError,
        InputError,
        LimitReached,
        NsrError,
        ProgramError,
        UndefinedError,
        UnknownNameError,
    )
    from nsr.executor import Executor
    from nsr.inputs import InputModel
    from nsr.latent.solver import LatentSolver
    from nsr.library import Library
    from nsr.machine import Machine
    from nsr.models import load
    from nsr.program import Term
    from nsr.search import Candidate, Guide, Problem, Searcher
    from nsr.series import solve_all
    from nsr.solver import Hypothesis, Solution, solve
    from nsr.space import Space, load_space
    from nsr.task import Example, Task
    from nsr.values import Undefined, Value, ValueType

_HOMES = {
    "nsr.budget": ("Budget", "Meter", "Spent"),
    "nsr.choice": ("Disagreement",),
    "nsr.domain": ("Domain", "LiteralType", "Primitive", "PrimitiveSet", "get_domain"),
    "nsr.errors": (
        "ContradictionError",
        "DeclinedError",
        "GrammarError",
        "InputError",
        "LimitReached",
        "NsrError",
        "ProgramError",
        "UndefinedError",
        "UnknownNameError",
    ),
    "nsr.executor": ("Executor",),
    "nsr.inputs": ("InputModel",),
    "nsr.library": ("Library",),
    "nsr.latent.solver": ("LatentSolver",),
    "nsr.machine": ("Machine",),
    "nsr.models": ("load",),
    "nsr.program": ("Term",),
    "nsr.search": ("Candidate", "Guide", "Problem", "Searcher"),
    "nsr.series": ("solve_all",),
    "nsr.solver": ("Hypothesis", "Solution", "solve"),
    "nsr.space": ("Space", "load_space"),
    "nsr.task": ("Example", "Task"),
    "nsr.values": ("Undefined", "Value", "ValueType"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [  # noqa: RUF022 - grouped by module, as above
    "Budget",
    "Meter",
    "Spent",
    "Disagreement",
    "Domain",
    "LiteralType",
    "Primitive",
    "PrimitiveSet",
    "get_domain",
    "ContradictionError",
    "DeclinedError",
    "GrammarError",
    "InputError",
    "LimitReached",
    "NsrError",
    "ProgramError",
    "UndefinedError",
    "UnknownNameError",
    "Executor",
    "InputModel",
    "Library",
    "LatentSolver",
    "Machine",
    "load",
    "Term",
    "Candidate",
    "Guide",
    "Problem",
    "Searcher",
    "solve_all",
    "Hypothesis",
    "Solution",
    "solve",
    "Space",
    "load_space",
    "Example",
    "Task",
    "Undefined",
    "Value",
    "ValueType",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'nsr' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
