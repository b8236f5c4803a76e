"""Grounded symbol trees."""

from __future__ import annotations

import math

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsr.symbols import Node

trees = st.recursive(
    st.builds(Node, st.integers(), st.text(max_size=4), st.integers() | st.none()),
    lambda below: st.builds(
        Node,
        st.integers(),
        st.sampled_from(["add", "pair"]),
        st.integers(),
        st.floats(0.1, 1.0),
        st.lists(below, max_size=3).map(tuple),
    ),
    max_leaves=12,
)


@given(trees)
def test_graph_is_the_tree(tree: Node) -> None:
    graph = tree.graph()
    assert graph.number_of_nodes() == tree.size
    assert nx.is_arborescence(graph)
    assert nx.dag_longest_path_length(graph, weight=None) == tree.depth - 1
    for path, node in tree.walk():
        assert graph.nodes[path]["symbol"] == node.symbol
        below = sorted(
            graph.successors(path), key=lambda child: graph.edges[path, child]["position"]
        )
        assert [tree.at(child) for child in below] == list(node.children)


@given(trees)
def test_walk_visits_parents_first_and_leaves_left_to_right(tree: Node) -> None:
    paths = [path for path, _ in tree.walk()]
    assert paths == sorted(paths)
    assert paths[0] == ()
    assert [tree.at(p) for p in paths if not tree.at(p).children] == list(tree.leaves())


@given(trees, st.data())
def test_replacing_one_node_changes_only_it(tree: Node, data: st.DataObject) -> None:
    paths = [path for path, _ in tree.walk()]
    path = data.draw(st.sampled_from(paths))
    new = Node("new", "new")
    changed = tree.replaced(path, new)
    assert changed.at(path) == new
    for other in paths:
        if path[: len(other)] != other and other[: len(path)] != path:
            assert changed.at(other) == tree.at(other)
    assert tree.replaced(path, tree.at(path)) == tree


@given(trees)
def test_drawing_has_a_line_per_node(tree: Node) -> None:
    lines = tree.draw(lambda node: str(node.piece)).split("\n")
    assert len(lines) == tree.size
    for line, (path, node) in zip(lines, tree.walk(), strict=True):
        assert line.endswith(str(node.piece))
        assert len(line) - len(str(node.piece)) == 3 * len(path)


def test_text_of_several_lines_stays_in_its_column() -> None:
    tree = Node(0, "a\nb", children=(Node(1, "c\nd", children=(Node(2, "e"),)), Node(3, "f")))
    assert tree.draw().split("\n") == ["a", "b", "├─ c", "│  d", "│  └─ e", "└─ f"]


def test_probability_of_a_tree_is_the_product() -> None:
    tree = Node(0, "a", probability=0.5, children=(Node(1, "b", probability=0.25), Node(2, "c")))
    assert tree.log_probability == pytest.approx(math.log(0.125))
    assert tree.draw().split("\n")[0] == "a (50%)"
    assert Node(0, "never", probability=0.0).log_probability == -math.inf


def test_deep_trees_need_no_recursion() -> None:
    tree = Node(0, "leaf")
    for _ in range(5000):
        tree = Node(0, "up", children=(tree,))
    assert tree.size == tree.depth == 5001
    assert tree.draw().count("\n") == 5000
    assert tree.replaced((0,) * 5000, Node(0, "new")).at((0,) * 5000).symbol == "new"
