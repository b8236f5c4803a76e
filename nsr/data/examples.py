"""Files of examples for a domain of plain values: lines of JSON cells, or one JSON document.

[3, 1, 2]<TAB>2<TAB>[3, 1]        inputs, then the output; each cell is JSON
[5, 6, 7]<TAB>1<TAB>?             a query: what is the output?

{"examples": [{"inputs": [[3, 1, 2], 2], "output": [3, 1]}], "queries": [[[5, 6, 7], 1]]}
[[[3, 1, 2], [2, 1, 3]], ...]     pairs of one input and its output

A folder of such files holds one task each; so does a JSON document {name: examples, ...}.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nsr.data.jsonfile import MAX_BYTES, files_in, parse_json, read_bytes, source_name
from nsr.domain import Domain
from nsr.errors import ContradictionError, InputError
from nsr.task import Example, Task
from nsr.values import Value, ValueType

QUERY = ("", "?")
"""What stands for an output that is asked for."""


@dataclass(frozen=True, slots=True)
class Row:
    """One example or query as read: JSON values, and where they stand in the file."""

    inputs: tuple[Any, ...]
    output: Any
    place: str
    query: bool = False


@dataclass(frozen=True, slots=True)
class Examples:
    """What a file holds; `rows` and `queries` have the same number of inputs each."""

    source: str
    rows: tuple[Row, ...]
    queries: tuple[Row, ...]

    def task(self, domain: Domain) -> Task:
        """The task, with its values decoded for a domain.

        For each column the type is that of the domain that holds most of its values.

        Raises:
            InputError: with file and line, if a value is not of its column's type, is too large,
                or if two examples give the same inputs different outputs.
        """
        everything = [*self.rows, *self.queries]
        types, columns = [], []
        for number in range(len(self.rows[0].inputs)):
            cells = [(row.inputs[number], row.place) for row in everything]
            name, values = self._column(domain, cells, f"input {number + 1}")
            types.append(name)
            columns.append(values)
        output, wanted = self._column(domain, [(r.output, r.place) for r in self.rows], "output")
        inputs = list(zip(*columns, strict=True))
        train = tuple(map(Example, inputs, wanted))
        queries = tuple(inputs[len(train) :])
        return Task(train, queries, self.source, tuple(types), output)

    def check_consistent(self, task: Task, domain: Domain) -> None:
        """Refuse a task of which two examples contradict each other.

        Raises:
            ContradictionError: naming both.
        """
        found = task.contradiction(domain)
        if found is not None:
            other, number = (self.rows[i].place for i in found)
            raise ContradictionError(
                f"the same inputs as in {other}, but another output; "
                "--wrong N allows for N wrong outputs",
                source=self.source,
                place=number,
            )

    def _column(
        self, domain: Domain, cells: Sequence[tuple[Any, str]], what: str
    ) -> tuple[str, list[Value]]:
        found: tuple[list[Value], InputError | None, ValueType] | None = None
        large: InputError | None = None
        for value_type in domain.types.values():
            values, fault = _decoded(value_type, cells, what)
            if large is None and isinstance(fault, _TooLarge):
                large = fault
            if found is None or len(values) > len(found[0]):
                found = values, fault, value_type
        assert found is not None
        values, fault, value_type = found
        if fault is None:
            return value_type.name, values
        if not values and large is not None:
            fault = large
        elif not values:
            names = ", ".join(domain.types)
            message = f"expected a value of one of the types {names}; got {_brief(cells[0][0])}"
            fault = InputError(message, place=f"{cells[0][1]}, {what}")
        raise InputError(fault.message, source=self.source, place=fault.place)


class _TooLarge(InputError):
    """The value has the type, but is too large to be kept."""


def _decoded(
    value_type: ValueType, cells: Sequence[tuple[Any, str]], what: str
) -> tuple[list[Value], InputError | None]:
    """The values of a type, and what is wrong with the first cell that has none."""
    values: list[Value] = []
    fault: InputError | None = None
    for raw, place in cells:
        try:
            value = value_type.decode(raw)
            if not value_type.contains(value):
                raise InputError(f"expected a value of type {value_type.name}, got {_brief(raw)}")
            if not value_type.fits(value):
                limit = f" ({value_type.limit})" if value_type.limit else ""
                got = _brief(raw)
                raise _TooLarge(f"expected a smaller {value_type.name}{limit}, got {got}")
            values.append(value)
        except InputError as error:
            fault = fault or type(error)(error.message, place=f"{place}, {what}")
    return values, fault


def read_examples(path: str | Path) -> Examples:
    """The examples and queries of a file, `-` for standard input.

    A name that ends in `.json` or `.tsv` says what the file is; otherwise a text that is JSON as
    a whole is a document, and any other one has lines.

    Raises:
        InputError: with file and line, or place in the document, if the file cannot be read, is
            neither of the two forms, or has no examples.
    """
    return parse_examples(read_bytes(path), source_name(path), Path(path).suffix.lower())


def parse_examples(raw: bytes, source: str, suffix: str = "") -> Examples:
    """As `read_examples`, of bytes at hand.

    >>> examples = parse_examples(b"[3, 1]\\t2\\n[5]\\t?\\n", "x.tsv", ".tsv")
    >>> examples.rows[0].inputs, examples.rows[0].output, examples.queries[0].inputs
    (([3, 1],), 2, ([5],))
    """
    document = _document(raw, source, suffix)
    rows = _of_lines(raw, source) if document is None else _of_document(document, source)
    return _checked(rows, source)


def read_tasks(path: str | Path, domain: Domain) -> list[Task]:
    """The tasks of a folder, each a `.tsv` or `.json` file of examples, or of one JSON document
    {name: examples, ...}.

    Raises:
        InputError: with file, task and line or place, if they cannot be read or there are none.
    """
    return [examples.task(domain) for examples in _many(Path(path))]


def _many(path: Path) -> Iterator[Examples]:
    files = files_in(path, ".tsv", ".json")
    if files is not None:
        yield from map(read_examples, files)
        return
    source = source_name(path)
    document = parse_json(read_bytes(path), source)
    if not isinstance(document, dict) or not document:
        raise InputError(
            f"expected a directory or {{name: examples, ...}}, got {_brief(document)}",
            source=source,
        )
    for name, task in document.items():
        own = f"{source}, task {name!r}"
        yield _checked(_of_document(task, own), own)


def _checked(rows: Sequence[Row], source: str) -> Examples:
    examples = tuple(row for row in rows if not row.query)
    if not examples:
        raise InputError("expected at least one example with an output, got none", source=source)
    width = len(examples[0].inputs)
    for row in rows:
        if not row.inputs:
            raise InputError("expected at least one input", source=source, place=row.place)
        if len(row.inputs) != width:
            inputs = "input" if width == 1 else "inputs"
            raise InputError(
                f"expected {width} {inputs} as in {examples[0].place}, got {len(row.inputs)}",
                source=source,
                place=row.place,
            )
    return Examples(source, examples, tuple(row for row in rows if row.query))


def _document(raw: bytes, source: str, suffix: str) -> Any:
    """The JSON document that a text is, or `None` for lines."""
    if suffix == ".tsv":
        return None
    try:
        document = parse_json(raw, source)
    except InputError:
        # No line starts with a brace: objects are no values.
        if suffix == ".json" or raw.lstrip().startswith(b"{"):
            raise
        return None
    return document if suffix == ".json" or isinstance(document, (dict, list)) else None


# -- lines -----------------------------------------------------------------------------------
def _of_lines(raw: bytes, source: str) -> list[Row]:
    if len(raw) > MAX_BYTES:
        raise InputError(f"larger than {MAX_BYTES >> 20} MB", source=source)
    rows = []
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        place = f"line {number}"
        try:
            text = line.decode()
        except UnicodeDecodeError:
            raise InputError("not UTF-8 text", source=source, place=place) from None
        if text.strip():
            rows.append(_of_line(text, source, place))
    return rows


def _of_line(text: str, source: str, place: str) -> Row:
    cells = [cell.strip() for cell in text.split("\t")]
    if len(cells) < 2:
        raise InputError(
            "expected inputs and the output, separated by tabs; got one column",
            source=source,
            place=place,
        )
    query = cells[-1] in QUERY
    values = []
    for number, cell in enumerate(cells[:-1] if query else cells, 1):
        try:
            values.append(parse_json(cell.encode(), ""))
        except InputError:
            got = _brief_text(cell) or "nothing"
            raise InputError(
                f'expected JSON such as [1, 2], 5, true or "text", got {got}',
                source=source,
                place=f"{place}, column {number}",
            ) from None
    return Row(tuple(values if query else values[:-1]), None if query else values[-1], place, query)


# -- documents -------------------------------------------------------------------------------
def _of_document(document: Any, source: str) -> list[Row]:
    if isinstance(document, list):
        return [_of_pair(pair, source, number) for number, pair in enumerate(document, 1)]
    if not isinstance(document, dict) or not {"examples"} <= document.keys() <= {
        "examples",
        "queries",
    }:
        raise InputError(
            'expected {"examples": [...], "queries": [...]} or a list of [input, output], '
            f"got {_keys(document)}",
            source=source,
        )
    rows = []
    for number, raw in enumerate(_list(document["examples"], source, "examples"), 1):
        place = f"example {number}"
        if not isinstance(raw, dict) or raw.keys() != {"inputs", "output"}:
            raise InputError(
                f'expected {{"inputs": [...], "output": ...}}, got {_keys(raw)}',
                source=source,
                place=place,
            )
        inputs = tuple(_list(raw["inputs"], source, f"{place}, inputs"))
        rows.append(Row(inputs, raw["output"], place))
    for number, raw in enumerate(_list(document.get("queries", []), source, "queries"), 1):
        place = f"query {number}"
        rows.append(Row(tuple(_list(raw, source, place)), None, place, True))
    return rows


def _of_pair(pair: Any, source: str, number: int) -> Row:
    place = f"example {number}"
    if not isinstance(pair, list) or len(pair) != 2:
        raise InputError(
            f"expected [input, output], got {_brief(pair)}", source=source, place=place
        )
    return Row((pair[0],), pair[1], place)


def _list(raw: Any, source: str, place: str) -> list[Any]:
    if not isinstance(raw, list):
        raise InputError(f"expected a list, got {_brief(raw)}", source=source, place=place)
    return raw


def _keys(raw: Any) -> str:
    return (
        f"the keys {', '.join(map(repr, raw)) or 'none'}" if isinstance(raw, dict) else _brief(raw)
    )


def _brief(raw: object) -> str:
    return _brief_text(repr(raw))


def _brief_text(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
