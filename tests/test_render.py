"""Drawing: what is drawn is what was given."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from nsr.batch import Report
from nsr.data.arc import ArcTask, decode_tasks
from nsr.render.page import page
from nsr.render.palette import PALETTE
from nsr.render.svg import grid_svg, sheet_svg
from nsr.render.terminal import grid_text, task_view
from nsr.render.view import RULES, Picture, cost, outline, printable, questions, verdict
from nsr.rows import Rows

GRIDS = st.integers(1, 6).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(0, 9), min_size=width, max_size=width).map(tuple),
        min_size=1,
        max_size=6,
    ).map(tuple)
)
SVG = "{http://www.w3.org/2000/svg}"


def a_task(test: dict[str, Any]) -> ArcTask:
    pair = {"input": [[1, 2]], "output": [[2, 1]]}
    return decode_tasks({"train": [pair], "test": [test]}, source="t.json", name="t")[0]


def printed(renderable: Any, **options: Any) -> str:
    stream = io.StringIO()
    Console(file=stream, width=100, highlight=False, **options).print(renderable)
    return stream.getvalue()


@given(GRIDS)
def test_digits_are_the_grid(rows: Rows) -> None:
    text = grid_text(rows, color=False).plain
    assert tuple(tuple(map(int, line)) for line in text.split("\n")) == rows


@given(GRIDS)
def test_half_blocks_carry_every_colour(rows: Rows) -> None:
    text = grid_text(rows, color=True)
    drawn: list[list[str | None]] = []
    for line in text.split("\n"):
        upper: list[str | None] = []
        lower: list[str | None] = []
        for span in sorted(line.spans, key=lambda s: s.start):
            style: Any = span.style
            upper += [style.color.name] * (span.end - span.start)
            lower += [style.bgcolor and style.bgcolor.name] * (span.end - span.start)
        drawn += [upper, lower]
    if len(rows) % 2:
        assert set(drawn.pop()) == {None}
    assert drawn == [[PALETTE[c] for c in row] for row in rows]


@given(GRIDS)
def test_svg_covers_every_cell_once(rows: Rows) -> None:
    root = ET.fromstring(grid_svg(rows, cell=4))
    seen: dict[tuple[int, int], str] = {}
    for rect in root.iter(f"{SVG}rect"):
        x, y, width = (int(rect.attrib[k]) // 4 for k in ("x", "y", "width"))
        for j in range(x, x + width):
            assert (y, j) not in seen
            seen[y, j] = rect.attrib["fill"]
    assert seen == {(i, j): PALETTE[c] for i, r in enumerate(rows) for j, c in enumerate(r)}


def test_sheet_is_well_formed_and_escaped() -> None:
    root = ET.fromstring(sheet_svg([[Picture("<in>", ((1,),))]], ["f(x0) & <g>"]))
    assert [t.text for t in root.iter(f"{SVG}text")] == ["<in>", "f(x0) & <g>"]


def test_attempts_are_judged_only_where_the_output_is_known() -> None:
    found = Report("t", answers=((((3,),), ((4,),)),))
    known = questions(a_task({"input": [[5]], "output": [[4]]}), found)
    assert [(p.caption, p.right) for p in known[0]] == [
        ("test 0", None),
        ("attempt 1", False),
        ("attempt 2", True),
        ("expected", None),
    ]
    unknown = questions(a_task({"input": [[5]]}), found)
    assert [(p.caption, p.right) for p in unknown[0]] == [
        ("test 0", None),
        ("attempt 1", None),
        ("attempt 2", None),
    ]


def test_view_names_program_and_meaning() -> None:
    found = Report(
        "t",
        solved=True,
        programs=("swap(x0)", "other(x0)"),
        explanation=(("swap", "Exchanges two colours."),),
        answers=((((2, 1),),),),
        fuel=1234,
        seconds=0.5,
        cpu_seconds=0.25,
    )
    out = printed(task_view(a_task({"input": [[1, 2]]}), found, color=False))
    for part in ("swap(x0)", "Exchanges two colours.", "2 programs explain", "0.2 CPU-s, 1,234"):
        assert part in out
    assert "\x1b" not in out
    colored = printed(
        task_view(a_task({"input": [[1, 2]]}), found, color=True),
        force_terminal=True,
        color_system="truecolor",
    )
    assert "▀" in colored
    assert "38;2;0;116;217" in colored
    html = page(a_task({"input": [[1, 2]]}), found, outline="grid\n  object")
    assert "other(x0)" in html
    assert re.search(r"<pre>grid\n  object</pre>", html)


def test_markup_in_names_is_no_markup() -> None:
    task = decode_tasks(
        {"[red]x[/]": {"train": [{"input": [[1]], "output": [[1]]}], "test": [{"input": [[1]]}]}},
        source="s",
        name="n",
    )[0]
    assert "[red]x[/]" in printed(task_view(task, None, color=False))


def test_outline_shows_the_first_input_and_the_size_foreseen() -> None:
    pairs = [
        {"input": [[1, 2]], "output": [[1, 2], [1, 2]]},
        {"input": [[3]], "output": [[3], [3]]},
    ]
    text = {"t": {"train": pairs, "test": [{"input": [[4, 4, 4]]}]}}
    task = decode_tasks(text, source="s", name="n")[0]
    lines = outline(task).splitlines()
    assert lines[0] == "grid = 1x2"
    sizes = lines[lines.index("output size") :]
    assert "= 2x3" in sizes[1]
    assert len(sizes) <= 1 + RULES
    pairs[1]["output"] = [[3] * 7] * 5
    assert "output size" not in outline(decode_tasks(text, source="s", name="n")[0])


def test_verdicts() -> None:
    assert verdict(Report("t")) == "no answer (stopped by: nothing left to try)"
    declined = Report("t", declined={"latent": "other\ncolours"})
    assert verdict(declined) == "no answer (latent declined: other colours)"
    assert verdict(Report("t", programs=("a",))) == "1 program explains every training pair"
    assert cost(Report("t", seconds=1.25, cpu_seconds=1.0, fuel=10)) == "1.2 s, 1.0 CPU-s, 10 fuel"


@given(st.text())
def test_printable_is_one_line_that_can_be_encoded(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    shown.encode("utf-8")
