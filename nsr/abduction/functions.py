"""Candidate meanings of words for numbers: every distinct function that short programs compute.

The bottom-up bank keeps programs apart by what they do, so its columns over a few arguments are
the functions to choose from. How much of the data each would explain is then one table look-up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nsr.abduction.number_programs import TYPE, NumberPrograms
from nsr.budget import Budget
from nsr.columns import GAP
from nsr.program import Apply, Term
from nsr.search import Problem
from nsr.search.bank import Bank, Entry
from nsr.space import INPUT_BITS

MAX_COST = 9.0
"""Bits of the longest program."""

_MEMORY = 1 << 30


@dataclass(frozen=True)
class Functions:
    """Distinct functions, cheapest program first.

    Args:
        points: int[G, arity], the arguments on which they were told apart.
        values: int32[F, G], -1 where undefined.
        costs: float[F], bits of their programs.
        term: the program of a function, by its number.
    """

    points: npt.NDArray[np.int64]
    values: npt.NDArray[np.int32]
    costs: npt.NDArray[np.float64]
    term: Callable[[int], Term]


def functions(library: NumberPrograms, points: Sequence[tuple[int, ...]], fuel: int) -> Functions:
    """What programs within some fuel compute at these points.

    Args:
        library: of programs.
        points: arguments, all of one arity.
        fuel: units, see `Budget`.
    """
    arity = len(points[0])
    problem = Problem(library.space, TYPE, (TYPE,) * arity, (), tuple(points))
    meter = Budget(fuel=fuel, memory=_MEMORY).meter()
    # Parameters as dear as inputs: what is learnt is mostly made of functions learnt before.
    bank = Bank(
        problem,
        meter=meter,
        only=(TYPE,),
        partial=True,
        max_cost=MAX_COST,
        parameter_bits=INPUT_BITS,
    )
    entries: list[Entry] = []
    with meter.ending():
        entries.extend(e for e in bank.grow() if e is not None and bank.type(e) == TYPE)
    values = np.array(
        [[-1 if v is GAP else v for v in bank.column(e)] for e in entries], np.int32
    ).reshape(len(entries), len(points))
    costs = np.array([bank.cost(e) for e in entries])
    return Functions(
        np.array(points, np.int64), values, costs, lambda number: bank.term(entries[number])
    )


def joined(found: Functions, library: NumberPrograms) -> Functions:
    """These functions, and every learnt function of two of them within `MAX_COST`.

    A step that the bank would need many times the fuel for, since it joins by all primitives.
    """
    values, costs = [found.values], [found.costs]
    names: list[str] = []
    pairs = np.argwhere(found.costs[:, None] + found.costs[None, :] + 1 <= MAX_COST)
    for function in library.functions:
        if function.arity == 2 and len(pairs):
            # The last row and column stand for what is undefined, -1.
            table = np.full((library.cap + 2,) * 2, -1, np.int32)
            table[:-1, :-1] = library.table(function.term, 2)
            values.append(table[found.values[pairs[:, 0]], found.values[pairs[:, 1]]])
            costs.append(found.costs[pairs].sum(axis=1) + 1)
            names.append(function.name)

    def term(number: int) -> Term:
        if number < len(found.costs):
            return found.term(number)
        which, row = divmod(number - len(found.costs), len(pairs))
        return Apply(names[which], tuple(found.term(int(k)) for k in pairs[row]), TYPE)

    return Functions(found.points, np.concatenate(values), np.concatenate(costs), term)
