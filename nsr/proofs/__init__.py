"""Proofs that a learnt recursion equals a closed form, so that it may run at native speed.

A program over zero, successor, predecessor, `recur` and `steps` counts its way to the result. For
each of its loops, innermost first, a closed form is searched in the space of arithmetic by nsr's
own bottom-up search, from the loop's values on a few small numbers. z3 then has to prove the form
by induction over all natural numbers: the base case and the induction step are queries that must
come out unsatisfiable. What agrees but is not proven is never used.

A loop is looked at on its own: its count and whatever does not change in it become variables. So
one lemma serves every place where the loop occurs, with whatever arguments.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nsr.errors import UndefinedError
from nsr.program import Apply, Lambda, Literal, Term, Variable, substitute, walk
from nsr.proofs.forms import (
    BOOL,
    TYPE,
    Point,
    Run,
    arithmetic,
    candidates,
    holds_at,
    number_function,
    points,
    value_at,
)
from nsr.proofs.induction import RECUR, SCHEMES, STEPS, Form, Logic, Loop, holds_by_induction
from nsr.space import Space

NATURAL: Final = frozenset({"zero", "inc", "dec"})
"""What a program may be made of besides the loops: of natural numbers they make natural numbers."""

FUEL: Final = 4_000_000
"""Of the search for one closed form: about half a second."""

RLIMIT: Final = 2_000_000
"""z3's own measure of work for one query."""

FORMS: Final = 6
"""Closed forms that are tried for one loop."""

CONDITIONS: Final = 2
"""Conditions under which they are tried, for a loop that does not always have a value."""

_TOO_LARGE: Final = object()


@dataclass(frozen=True, slots=True)
class Proof:
    """A program and what it is equal to.

    Args:
        program: the recursion.
        closed: a term of the space of arithmetic, over the same inputs.
        where: a condition on the inputs, in the same space; `None` if it holds for all naturals.
        statement: what is proven, for people.
        lemmas: the closed forms of its loops, in the order of their proofs.
    """

    program: Term
    closed: Term
    where: Term | None
    statement: str
    lemmas: tuple[str, ...]


def prove(space: Space, term: Term, *, fuel: int = FUEL, rlimit: int = RLIMIT) -> Proof | None:
    """A closed form of a program over natural numbers, if one is found and proven.

    The two are equal for all natural inputs that meet `Proof.where`, limits on the size of numbers
    aside. The result depends on nothing but the arguments.

    Args:
        space: of the program; the space of arithmetic is the one of its domain's name.
        term: made of zero, successor, predecessor, `recur`, `steps` and inputs; nothing else is
            ever proven.
        fuel: of the search for each closed form.
        rlimit: of each query to z3, in its own units.

    >>> from nsr.space import load_space
    >>> peano = load_space("peano", "integers")
    >>> term = peano.parse("recur(x1, x0, x2, x3 => inc(x3))", goal="int", inputs=["int"] * 2)
    >>> found = prove(peano, term)
    >>> found.statement
    'recur(x1, x0, x2, x3 => inc(x3)) = add(x1, x0) for all natural numbers x0, x1'
    """
    for node in walk(term):
        if isinstance(node, Apply) and node.primitive not in (*SCHEMES, *NATURAL):
            return None
        if isinstance(node, Literal) and not (type(node.value) is int and node.value >= 0):
            return None
    return _prover(space, fuel, rlimit).prove(term)


def native(
    space: Space, term: Term, otherwise: Callable[..., int], **limits: int
) -> Callable[..., int]:
    """A program as a fast function of natural numbers.

    Args:
        space, term: see `prove`.
        otherwise: runs the program itself; called where nothing is proven.
        limits: `fuel` and `rlimit` of `prove`.

    Returns:
        a function that raises `UndefinedError` where the value is larger than the domain allows.
    """
    proof = prove(space, term, **limits)
    return otherwise if proof is None else run_proven(space, proof, otherwise)


def run_proven(space: Space, proof: Proof, otherwise: Callable[..., int]) -> Callable[..., int]:
    """The closed form of a proof as a function; `otherwise` runs where its condition fails.

    The function raises `UndefinedError` where the value is larger than the space allows.

    Args:
        space: of the program.
        proof: its closed form, and where it holds.
        otherwise: the program itself.

    Raises:
        ProgramError: if the closed form holds a function literal.
    """
    value = number_function(space.domain, proof.closed)
    where = () if proof.where is None else (number_function(space.domain, proof.where),)
    fits = space.domain.type(TYPE).fits

    def run(*inputs: int) -> int:
        if where and not holds_at(where, inputs):
            return otherwise(*inputs)
        found: int = value(inputs)
        if not fits(found):
            raise UndefinedError("value too large")
        return found

    return run


@functools.lru_cache(maxsize=16)
def _prover(space: Space, fuel: int, rlimit: int) -> _Prover:
    return _Prover(space, fuel, rlimit)


class _Prover:
    """Proves programs of one space, and remembers what came out of loops."""

    def __init__(self, space: Space, fuel: int, rlimit: int):
        self._fuel, self._rlimit = fuel, rlimit
        self._source, self._domain = space, space.domain
        self._space = arithmetic(space.domain)
        (self._terminal,) = {p.name for p in self._space.productions(TYPE) if p.kind == "literal"}
        self._known: dict[Loop, tuple[Form, str] | None] = {}

    def prove(self, term: Term) -> Proof | None:
        """See the function of that name."""
        lemmas: dict[str, None] = {}
        form = self._form(term, lemmas)
        if form is None:
            return None
        inputs = _inputs(term)
        form = self._simpler(form, inputs)
        where = None
        for condition in form.where:
            where = condition if where is None else self._space.apply("and", where, condition)
        text = f"{self._source.format(term)} = {self._space.format(form.value)}"
        text += _quantified(inputs)
        text += f" where {self._space.format(where)}" if where is not None else ""
        return Proof(term, form.value, where, text, tuple(lemmas))

    # -- programs ----------------------------------------------------------------------------
    def _form(self, term: Term, lemmas: dict[str, None]) -> Form | None:
        """A part of a program without its loops, or `None`."""
        if not isinstance(term, Apply):
            return Form(term)
        parts = []
        for argument in term.args:
            body = argument.body if isinstance(argument, Lambda) else argument
            part = self._form(body, lemmas)
            if part is None:
                return None
            parts.append(part)
        if term.primitive in SCHEMES:
            return self._form_of_loop(term, parts, lemmas)
        if not parts:
            number = self._domain.primitives[term.primitive].function()
            return Form(Literal(number, self._terminal, TYPE))
        value = self._space.apply(term.primitive, *(part.value for part in parts))
        return Form(value, tuple(dict.fromkeys(w for part in parts for w in part.where)))

    def _form_of_loop(
        self, term: Apply, parts: Sequence[Form], lemmas: dict[str, None]
    ) -> Form | None:
        *heads, body = parts
        function = term.args[-1]
        assert isinstance(function, Lambda)
        bound = {p.index: i for i, p in enumerate(function.params)}
        # Conditions on what does not change in the loop are conditions on the loop as a whole.
        outside = [w for w in body.where if not _reads(w, bound)]
        body = Form(body.value, tuple(w for w in body.where if _reads(w, bound)))
        conditions = [*outside, *(w for head in heads for w in head.where)]
        for whole in (True, False):
            if not whole and any(head.where for head in heads[1:]):
                continue
            loop, arguments = _alone(term.primitive, heads[1:], body, bound, whole=whole)
            if loop not in self._known:
                self._known[loop] = self._solve(loop)
            found = self._known[loop]
            if found is not None:
                form, lemma = found
                lemmas[lemma] = None
                place = _placing([heads[0].value, *arguments])
                conditions += map(place, form.where)
                return Form(place(form.value), tuple(dict.fromkeys(conditions)))
        return None

    def _simpler(self, form: Form, inputs: int) -> Form:
        """The cheapest proven equal of a form, and only the conditions that matter."""
        logic = Logic(self._domain, self._rlimit)
        numbers = logic.numbers(inputs)
        known = [number >= 0 for number in numbers]
        where: list[Term] = []
        for condition in form.where:
            holds = logic.holds([condition], numbers)
            if not logic.follows(known, holds):
                where.append(condition)
                known += holds
        wanted = logic.term(form.value, numbers)
        values = self._table(number_function(self._domain, form.value), inputs, where)
        limit = self._space.cost(form.value)
        for term in candidates(self._space, TYPE, values, fuel=self._fuel, limit=limit):
            equal = logic.term(term, numbers) == wanted
            if logic.follows(known, [*logic.guards(term, numbers), equal]):
                return Form(term, tuple(where))
        return Form(form.value, tuple(where))

    # -- one loop ----------------------------------------------------------------------------
    def _solve(self, loop: Loop) -> tuple[Form, str] | None:
        """Its closed form and the lemma, if one is found and proven."""
        inputs = 1 + loop.parameters
        run = functools.cache(functools.partial(self._run, loop))
        # A loop that is not entered says nothing on whether its steps have values.
        asked = [(p, value_at(run, p)) for p in points(inputs) if p[0]]
        defined = {p: v is not None for p, v in asked if v is not _TOO_LARGE}
        if not any(defined.values()):
            return None
        conditions: list[tuple[Term, ...]] = [()]
        if not all(defined.values()):
            found = candidates(self._space, BOOL, defined, fuel=self._fuel)
            conditions = [(condition,) for condition in itertools.islice(found, CONDITIONS)]
        for where in conditions:
            values = self._table(run, inputs, where)
            terms = candidates(self._space, TYPE, values, fuel=self._fuel)
            for term in itertools.islice(terms, FORMS):
                form = Form(term, where)
                if holds_by_induction(Logic(self._domain, self._rlimit), loop, form):
                    return form, self._lemma(loop, form)
        return None

    def _run(self, loop: Loop, point: Point) -> Any:
        """The loop's value, `_TOO_LARGE` if it is; raises `UndefinedError` if there is none."""
        step = number_function(self._domain, loop.step)
        where = [number_function(self._domain, w) for w in loop.where]
        fits = self._domain.type(TYPE).fits

        def once(*scope: int) -> Any:
            if not holds_at(where, scope):
                raise UndefinedError("the step has no value")
            return step(scope)

        count, *parameters = point
        if loop.scheme == STEPS:
            return self._domain.primitives[STEPS].function(count, lambda n: once(n, *parameters))
        value = number_function(self._domain, loop.start)(point)
        for k in range(count):
            value = once(k, *parameters, value)
            if not fits(value):
                return _TOO_LARGE
        return value

    def _table(self, run: Run, inputs: int, where: Sequence[Term]) -> dict[Point, Any]:
        """The known values of a function at the points where some conditions hold."""
        holds = [number_function(self._domain, condition) for condition in where]
        grid = (p for p in points(inputs) if holds_at(holds, p))
        return {p: v for p in grid if (v := value_at(run, p)) not in (None, _TOO_LARGE)}

    def _lemma(self, loop: Loop, form: Form) -> str:
        above = 1 + loop.parameters
        own = [Variable(i, TYPE) for i in (above, *range(1, above), above + 1)]
        names = ", ".join(f"x{above + i}" for i in range(1 + (loop.scheme == RECUR)))
        start = f"{self._space.format(loop.start)}, " if loop.scheme == RECUR else ""
        step = f"{names} => {self._space.format(_placing(own)(loop.step))}"
        text = f"{loop.scheme}(x0, {start}{step}) = {self._space.format(form.value)}"
        text += _quantified(above)
        return text + "".join(f" where {self._space.format(w)}" for w in form.where)


def _quantified(inputs: int) -> str:
    names = ", ".join(f"x{i}" for i in range(inputs))
    return f" for all natural numbers {names}" if names else ""


def _inputs(term: Term) -> int:
    """Number of inputs of a program: its function literals count on from there."""
    own = [node.params[0].index for node in walk(term) if isinstance(node, Lambda)]
    used = [node.index for node in walk(term) if isinstance(node, Variable)]
    return min(own) if own else 1 + max(used, default=-1)


def _alone(
    scheme: str, heads: Sequence[Form], body: Form, bound: Mapping[int, int], *, whole: bool
) -> tuple[Loop, list[Term]]:
    """A loop on its own, and the terms that its parameters stand for.

    Parameters are the largest parts that do not change in the loop or, if not `whole`, variables.
    """
    parameters: dict[Term, int] = {}

    def is_parameter(node: Term) -> bool:
        if isinstance(node, Variable):
            return node.index not in bound
        fixed = whole and node.type == TYPE and not _reads(node, bound)
        return fixed and any(isinstance(part, Variable) for part in walk(node))

    def collect(node: Term) -> Term | None:
        if is_parameter(node):
            parameters.setdefault(node, 1 + len(parameters))
            return node
        return None

    def place(node: Term) -> Term | None:
        if is_parameter(node):
            return Variable(parameters[node], TYPE)
        if isinstance(node, Variable):
            return Variable(1 + len(parameters) if bound[node.index] else 0, TYPE)
        return None

    terms = [*(head.value for head in heads), body.value, *body.where]
    for term in terms:
        substitute(term, collect)
    moved = [substitute(term, place) for term in terms]
    if scheme == STEPS:
        moved = [Literal(0, "", TYPE), *moved]
    loop = Loop(scheme, moved[0], moved[1], tuple(moved[2:]), len(parameters))
    return loop, list(parameters)


def _reads(term: Term, variables: Container[int]) -> bool:
    """Whether one of some variables occurs in a term."""
    return any(isinstance(node, Variable) and node.index in variables for node in walk(term))


def _placing(terms: Sequence[Term]) -> Callable[[Term], Term]:
    """Puts terms in the place of variables."""
    return lambda term: substitute(
        term, lambda node: terms[node.index] if isinstance(node, Variable) else None
    )
