"""Tasks: examples with inputs and outputs, and inputs that wait for an output."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from nsr.domain import Domain
from nsr.errors import InputError
from nsr.values import Column, Value, ValueType


@dataclass(frozen=True, slots=True)
class Example:
    """One tuple of inputs and the output it must give."""

    inputs: tuple[Value, ...]
    output: Value


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be explained.

    Args:
        train: the examples, at least one.
        queries: further inputs that a program has to be defined on and is asked about.
        name: for messages and results.
        input_types, output_type: type names of the domain; `None`: found by `typed`.
    """

    train: tuple[Example, ...]
    queries: tuple[tuple[Value, ...], ...] = ()
    name: str = "task"
    input_types: tuple[str, ...] | None = None
    output_type: str | None = None

    @classmethod
    def from_pairs(
        cls,
        pairs: Iterable[tuple[Any, Any]],
        queries: Iterable[Any] = (),
        *,
        name: str = "task",
        input_types: Sequence[str] | None = None,
        output_type: str | None = None,
    ) -> Task:
        """A task from `(input, output)` pairs; a tuple as input means several arguments.

        Lists become tuples, because values are immutable.

        Raises:
            InputError: if there is no pair, if something is no pair, or if the pairs differ in
                their number of arguments.

        >>> Task.from_pairs([([1, 2], 3)]).train[0]
        Example(inputs=((1, 2),), output=3)
        """
        if not isinstance(pairs, Iterable):
            raise InputError(f"expected pairs (input, output), got {_short(pairs)}", source=name)
        train = tuple(_example(pair, number, name) for number, pair in enumerate(pairs))
        asked = tuple(_arguments(x) for x in queries)
        types = None if input_types is None else tuple(input_types)
        task = cls(train, asked, name, types, output_type)
        task._width()
        return task

    def typed(self, domain: Domain) -> Task:
        """The task with its types filled in: the first types of the domain that hold all values.

        Raises:
            InputError: naming the example and position whose value no type of the domain holds,
                or that does not belong to the type given; also as `from_pairs` does.

        Values that are no member of any type are decoded first, so grids may be lists of rows, and
        numbers may be numpy's.
        """
        width = self._width()
        given = self.input_types or (None,) * width
        if len(given) != width:
            raise InputError(
                f"expected {len(given)} inputs per example, got {width}", source=self.name
            )
        rows = [e.inputs for e in self.train] + list(self.queries)
        inputs = [
            _settle(domain, t, tuple(row[i] for row in rows), f"input {i}", self)
            for i, t in enumerate(given)
        ]
        output_type, outputs = _settle(
            domain, self.output_type, tuple(e.output for e in self.train), "output", self
        )
        settled = list(zip(*(column for _, column in inputs), strict=True))
        train = tuple(map(Example, settled, outputs))
        types = tuple(type_name for type_name, _ in inputs)
        return Task(train, tuple(settled[len(train) :]), self.name, types, output_type)

    def contradiction(self, domain: Domain) -> tuple[int, int] | None:
        """The first two examples, counted from 0, with the same inputs and different outputs.

        Of a typed task; with such a pair no program explains all examples.
        """
        assert self.input_types is not None
        assert self.output_type is not None
        types = [domain.type(name) for name in self.input_types]
        equal = domain.type(self.output_type).equal
        first: dict[Hashable, int] = {}
        for number, example in enumerate(self.train):
            key = tuple(t.column_key((x,)) for t, x in zip(types, example.inputs, strict=True))
            other = first.setdefault(key, number)
            if not equal(self.train[other].output, example.output):
                return other, number
        return None

    def _width(self) -> int:
        """How many inputs every example and query has, at least one."""
        if not self.train:
            raise InputError("expected at least one example, got none", source=self.name)
        widths = sorted({len(x) for x in (*(e.inputs for e in self.train), *self.queries)})
        if len(widths) > 1:
            raise InputError(
                f"every example must have the same number of inputs, got {widths}",
                source=self.name,
            )
        if not widths[0]:
            raise InputError("expected at least one input per example, got none", source=self.name)
        return widths[0]


def members(domain: Domain, types: Sequence[str], inputs: Sequence[Any]) -> tuple[Value, ...]:
    """New inputs as values of the types that a task's inputs have.

    Raises:
        InputError: naming the input that is no such value, or if there are more or fewer.
    """
    if len(inputs) != len(types):
        raise InputError(f"expected {len(types)} inputs ({', '.join(types)}), got {len(inputs)}")
    found = []
    for number, (value, name) in enumerate(zip(inputs, types, strict=True), 1):
        wanted = domain.type(name)
        if not wanted.contains(value):
            try:
                value = wanted.decode(_plain(value))
            except InputError as error:
                raise InputError(error.message, place=f"input {number}") from None
            if not wanted.contains(value):
                text = f"expected a value of type {name}, got {_short(value)}"
                raise InputError(text, place=f"input {number}")
        found.append(value)
    return tuple(found)


def _example(pair: Any, number: int, source: str) -> Example:
    try:
        x, y = pair
    except (TypeError, ValueError):
        raise InputError(
            f"expected a pair (input, output), got {_short(pair)}",
            source=source,
            place=f"example {number}",
        ) from None
    return Example(_arguments(x), _frozen(y))


def _settle(
    domain: Domain, given: str | None, column: Column, what: str, task: Task
) -> tuple[str, Column]:
    """The type of a column and its values as members of that type."""
    candidates = tuple(domain.types.values()) if given is None else (domain.type(given),)
    for value_type in candidates:
        if all(map(value_type.contains, column)):
            return value_type.name, _sized(value_type, column, what, task)
    fault: InputError | None = None
    for value_type in candidates:
        decoded = []
        for number, value in enumerate(column):
            try:
                decoded.append(value_type.decode(_plain(value)))
            except InputError as error:
                place = f"{_row(number, task)}, {what}"
                fault = fault or InputError(str(error), source=task.name, place=place)
                break
        if len(decoded) == len(column) and all(map(value_type.contains, decoded)):
            return value_type.name, _sized(value_type, tuple(decoded), what, task)
    wanted = " or ".join(t.name for t in candidates)
    raise fault or InputError(
        f"expected values of one type ({wanted}), got {_short(column)}",
        source=task.name,
        place=what,
    )


def _sized(value_type: ValueType, column: Column, what: str, task: Task) -> Column:
    """The column, if no value is larger than programs may make."""
    for number, value in enumerate(column):
        if not value_type.fits(value):
            limit = f" ({value_type.limit})" if value_type.limit else ""
            raise InputError(
                f"expected a smaller {value_type.name}{limit}",
                source=task.name,
                place=f"{_row(number, task)}, {what}",
            )
    return column


def _row(number: int, task: Task) -> str:
    shown = len(task.train)
    return f"example {number}" if number < shown else f"query {number - shown}"


def _arguments(value: Any) -> tuple[Value, ...]:
    return tuple(map(_frozen, value)) if isinstance(value, tuple) else (_frozen(value),)


def _frozen(value: Any) -> Value:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _plain(value: Any) -> Value:
    """Lists, and numbers and arrays of numpy, as Python's own; anything else stays."""
    if isinstance(value, (tuple, list)):
        return tuple(map(_plain, value))
    held = getattr(value, "tolist", None)
    return value if held is None else _plain(held())


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
