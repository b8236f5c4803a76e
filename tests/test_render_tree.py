"""Drawings of symbol trees: everything is in them, nothing touches, nothing comes from outside."""

from __future__ import annotations

import base64
import itertools
import re
import struct
import xml.etree.ElementTree as ET
import zlib
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from nsr.cli import main
from nsr.machine import Machine
from nsr.render.tree import page, percent, tree_svg
from nsr.symbols import Node
from tests.languages import pairs

SVG = "{http://www.w3.org/2000/svg}"
TREE = Node(
    (0, 3),
    "_ su _",
    ("B", "A"),
    children=(Node((0, 1), "a", ("A",), 0.75), Node((2, 3), "b", ("B",))),
)


def show(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


@st.composite
def trees(draw: st.DrawFn, start: int = 0, depth: int = 4) -> Node:
    """Trees whose pieces are spans; words stand before, between or behind their arguments."""
    value = draw(st.text("ab ", max_size=60))
    name = draw(st.text("xyz", min_size=1, max_size=12))
    likely = draw(st.sampled_from([1.0, 0.5]))
    arity = draw(st.integers(0, 2)) if depth else 0
    if not arity:
        return Node((start, start + 1), name, value, likely)
    at = start + draw(st.integers(0, 1))
    children = []
    for _ in range(arity):
        child = draw(trees(at, depth - 1))
        children.append(child)
        at = child.piece[1] + draw(st.integers(0, 1))
    return Node((start, at), name, value, likely, tuple(children))


def rects(root: ET.Element, kind: str) -> list[tuple[float, float, float, float]]:
    """(left, top, right, bottom) of the rectangles of a class."""
    found = []
    for rect in root.iter(f"{SVG}rect"):
        if kind in rect.attrib["class"].split():
            x, y, w, h = (float(rect.attrib[k]) for k in ("x", "y", "width", "height"))
            found.append((x, y, x + w, y + h))
    return found


def falls(root: ET.Element) -> list[tuple[float, float, float]]:
    """(x, top, bottom) of the last, downward part of every line."""
    found = []
    for path in root.iter(f"{SVG}path"):
        d = path.attrib["d"]
        bottom = float(d.rpartition("V")[2])
        bend = re.findall(r"Q\S+ \S+ (\S+) (\S+)V", d)
        x, top = bend[0] if bend else re.findall(r"^M(\S+) (\S+?)V", d)[0]
        found.append((float(x), float(top), bottom))
    return found


@settings(deadline=None, max_examples=60)
@given(trees())
def test_nothing_touches(tree: Node) -> None:
    tokens = [f"t{i}" * (1 + i % 3) for i in range(tree.piece[1])]
    root = ET.fromstring(tree_svg(tree, show, tokens=tokens))
    boxes = rects(root, "box")
    assert len(boxes) == tree.size
    for (a, b, c, d), (e, f, g, h) in itertools.combinations(boxes, 2):
        assert c < e or g < a or d < f or h < b
    for x, top, bottom in falls(root):
        for left, up, right, down in boxes:
            assert not (left < x < right and up < bottom - 0.5 and top + 0.5 < down)
    (frame,) = rects(root, "bg")
    for left, up, right, down in boxes:
        assert frame[0] < left
        assert frame[1] < up
        assert right < frame[2]
        assert down < frame[3]
    tokens_x = [
        float(t.attrib["x"]) for t in root.iter(f"{SVG}text") if t.attrib.get("class") is None
    ]
    assert tokens_x == sorted(tokens_x)
    assert len(tokens_x) == len(tokens)


@settings(deadline=None, max_examples=40)
@given(trees())
def test_every_node_is_in_it_once(tree: Node) -> None:
    root = ET.fromstring(tree_svg(tree, show, tokens=["t"] * tree.piece[1]))
    titles = sorted(title.text or "" for title in root.iter(f"{SVG}title"))
    wanted = [f"{n.symbol} = {n.value.strip(chr(0)) or '(nothing)'}" for _, n in tree.walk()]
    assert titles == sorted(wanted)
    likely = [t for t in root.iter(f"{SVG}tspan") if t.text == "50.0%"]
    assert len(likely) == sum(node.probability < 1 for _, node in tree.walk())
    # Every piece of the input is read by a leaf or belongs to the word of exactly one node.
    own = [path for path in root.iter(f"{SVG}path") if path.attrib.get("class") == "own"]
    assert len(own) == tree.piece[1]


def test_a_word_stands_between_its_arguments() -> None:
    root = ET.fromstring(tree_svg(TREE, show, tokens=["a", "su", "b"]))
    texts = {t.text: float(t.attrib["x"]) for t in root.iter(f"{SVG}text")}
    assert texts["a"] < texts["_ su _"] == texts["su"] < texts["b"]
    assert texts["B A"] == texts["su"]
    tops = {t.text: float(t.attrib["y"]) for t in root.iter(f"{SVG}text")}
    assert tops["_ su _"] < tops["B A"] < tops["B"] < tops["su"]


def test_long_values_are_shortened_and_whole_in_the_tooltip() -> None:
    value = tuple(f"WORD{i}" for i in range(40))
    root = ET.fromstring(tree_svg(Node((0, 1), "w", value), show, tokens=["w"]))
    lines = [t.text or "" for t in root.iter(f"{SVG}text") if t.attrib.get("class") == "v"]
    assert len(lines) == 3
    assert lines[-1].endswith(" …")
    (title,) = root.iter(f"{SVG}title")
    assert title.text == "w = " + " ".join(value)
    (rect,) = rects(root, "box")
    assert rect[2] - rect[0] < 260
    one = ET.fromstring(tree_svg(Node((0, 1), "w", "x" * 100), show, tokens=["w"]))
    (line,) = (t.text for t in one.iter(f"{SVG}text") if t.attrib.get("class") == "v")
    assert line == "x" * 25 + "…"


def test_markup_and_control_characters_are_text() -> None:
    tree = Node((0, 1), "<b>&\x00", 'x"<i>\x1b[31m\ud800')
    text = tree_svg(tree, show, tokens=["</svg>\x07"])
    root = ET.fromstring(text)
    assert [t.text for t in root.iter(f"{SVG}text")] == ["<b>&?", 'x"<i>?[31m?', "</svg>?"]
    assert "<b>" not in page("<b>", tree, [("<b>", "<i>")], show, tokens=["t"])


def test_nothing_comes_from_outside() -> None:
    pictures = [np.zeros((45, 45), dtype=np.uint8)] * 3
    whole = page("t", TREE, [("_ su _", "concat(x1, x0)")], show, pieces=pictures)
    assert whole.count("http") == 1  # the name space
    assert all(
        part.startswith("data:image/png;base64,") for part in re.findall(r'f="(.*?)"', whole)
    )
    assert "<script" not in whole
    assert "url(" not in whole
    assert "<dt>_ su _</dt><dd>concat(x1, x0)</dd>" in whole
    assert '<p class="answer">B A</p>' in whole


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_pictures_are_the_pixels(data: st.DataObject) -> None:
    shape = data.draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    seed = data.draw(st.integers(0, 99))
    pixels = np.random.default_rng(seed).integers(0, 256, (3, *shape), dtype=np.uint8)
    root = ET.fromstring(tree_svg(TREE, show, pieces=list(pixels)))
    images = list(root.iter(f"{SVG}image"))
    assert len(images) == 3
    for image, wanted in zip(images, pixels, strict=True):
        assert np.array_equal(255 - decoded(image.attrib["href"]), wanted)
        sides = float(image.attrib["width"]), float(image.attrib["height"])
        assert max(sides) == 46
        assert sides[1] / sides[0] == pytest.approx(shape[0] / shape[1], rel=0.05)
    assert len(rects(root, "tile")) == 3


def decoded(href: str) -> np.ndarray:
    """The pixels of a grey PNG without filters, its check sums checked."""
    data = base64.b64decode(href.removeprefix("data:image/png;base64,"))
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, {}
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        body = data[at + 4 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(body)
        chunks[body[:4]] = body[4:]
        at += 12 + length
    width, height, depth, color = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, color) == (8, 0)
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, width + 1)
    assert not rows[:, 0].any()
    return rows[:, 1:]


def test_deep_trees_can_be_drawn() -> None:
    tree = Node((300, 301), "x", 0)
    for i in reversed(range(300)):
        tree = Node((i, 301), "f _", 300 - i, children=(tree,))
    root = ET.fromstring(tree_svg(tree, show, tokens=["f"] * 300 + ["x"]))
    assert len(rects(root, "box")) == 301


def test_a_piece_outside_the_input_is_refused() -> None:
    with pytest.raises(ValueError, match=r"outside 0\.\.2"):
        tree_svg(TREE, show, tokens=["a", "su"])


def test_percent() -> None:
    assert percent(Node((0, 1), "a", probability=0.9999)) == ""
    assert percent(Node((0, 1), "a", probability=0.876)) == " 87.6%"


# -- the command -----------------------------------------------------------------------------------
def run(*args: str) -> Result:
    return CliRunner().invoke(main, args)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("model")
    Machine().fit(pairs("infix", 200, depth=3, seed=0)).save(folder)
    return str(folder)


def test_command_draws(model: str, tmp_path: Path) -> None:
    svg, html = tmp_path / "t.svg", tmp_path / "t.html"
    text = "mip su dax bo lug"
    result = run("explain", model, text, "--svg", str(svg), "--html", str(html))
    assert result.stdout == f"drawing in {svg}\npage in {html}\n"
    root = ET.fromstring(svg.read_text())
    texts = [t.text for t in root.iter(f"{SVG}text")]
    assert texts[:2] == ["_ su _", "DAX LUG LUG MIP"]
    assert texts[-5:] == text.split()
    assert svg.read_text() in html.read_text()
    assert "<dt>_ su _</dt><dd>concat(x1, x0)</dd>" in html.read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "either INPUT or --images"),
        (["a", "--images", "f.npz", "--row", "0"], "either INPUT or --images"),
        (["--images", "f.npz"], "either INPUT or --images"),
        (["a", "--row", "0"], "either INPUT or --images"),
        (["--images", "nowhere.npz", "--row", "0"], "nowhere.npz"),
        (["mip", "--svg", "no/such/folder/t.svg"], "no/such/folder"),
    ],
)
def test_bad_use_is_one_line(model: str, options: list[str], message: str) -> None:
    result = run("explain", model, *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_row_that_is_not_there(model: str, tmp_path: Path) -> None:
    path = str(tmp_path / "p.npz")
    np.savez(
        path,
        images=np.zeros((1, 5, 5), np.uint8),
        symbol_index=np.zeros(2, np.uint16),
        offset=np.array([0, 1, 2]),
        value=np.array([3, 4]),
    )
    result = run("explain", model, "--images", path, "--row", "2")
    assert result.exit_code == 2
    assert "expected a row from 0 to 1, got 2" in result.stderr
    # This model reads words.
    result = run("explain", model, "--images", path, "--row", "1")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
