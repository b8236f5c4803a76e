"""Grounded symbol trees: what was perceived, what it is called, what it is worth.

A node ties a piece of the input (x: tokens, a part of an image, a box in a grid) to a symbol (s)
and to a value (v). Scenes of grids and parse trees of sentences are both such trees.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import networkx as nx

Path: TypeAlias = tuple[int, ...]
"""Address of a node: child numbers from the root."""


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a grounded symbol tree; equal to a node with equal parts.

    Args:
        piece: the part of the input that the node stands for, immutable.
        symbol: what it is called.
        value: what it is worth, immutable; `None` if nothing is known.
        probability: of the symbol, given the piece.
        children: in order.

    >>> tree = Node((0, 3), "add", 5, children=(Node((0, 1), "two", 2), Node((2, 3), "three", 3)))
    >>> print(tree.draw())
    add = 5
    ├─ two = 2
    └─ three = 3
    """

    piece: Any
    symbol: str
    value: Any = None
    probability: float = 1.0
    children: tuple[Node, ...] = ()

    @property
    def size(self) -> int:
        """Number of nodes."""
        return sum(1 for _ in self.walk())

    @property
    def depth(self) -> int:
        """Number of nodes on the longest path from the root."""
        return 1 + max(len(path) for path, _ in self.walk())

    @property
    def log_probability(self) -> float:
        """Natural logarithm of the product of all probabilities in the tree."""
        return sum(
            math.log(node.probability) if node.probability > 0 else -math.inf
            for _, node in self.walk()
        )

    def walk(self) -> Iterator[tuple[Path, Node]]:
        """Every node with its address, parents before children, left to right."""
        stack: list[tuple[Path, Node]] = [((), self)]
        while stack:
            path, node = stack.pop()
            yield path, node
            stack.extend(
                ((*path, i), child) for i, child in reversed(list(enumerate(node.children)))
            )

    def leaves(self) -> Iterator[Node]:
        """The nodes without children, left to right."""
        return (node for _, node in self.walk() if not node.children)

    def at(self, path: Path) -> Node:
        """The node at an address.

        Raises:
            IndexError: if there is none.
        """
        node = self
        for i in path:
            node = node.children[i]
        return node

    def replaced(self, path: Path, new: Node) -> Node:
        """The tree with the node at an address replaced.

        Raises:
            IndexError: if there is none.
        """
        above = [self]
        for i in path:
            above.append(above[-1].children[i])
        for node, i in zip(reversed(above[:-1]), reversed(path), strict=True):
            children = (*node.children[:i], new, *node.children[i:][1:])
            new = replace(node, children=children)
        return new

    def graph(self) -> nx.DiGraph:
        """The tree in networkx: nodes are addresses, edges go from parent to child.

        Nodes carry `piece`, `symbol`, `value` and `probability`; edges carry `position`.
        """
        graph = nx.DiGraph()
        for path, node in self.walk():
            graph.add_node(
                path,
                piece=node.piece,
                symbol=node.symbol,
                value=node.value,
                probability=node.probability,
            )
            if path:
                graph.add_edge(path[:-1], path, position=path[-1])
        return graph

    def draw(self, show: Callable[[Node], str] | None = None) -> str:
        """The tree as text, one line per node.

        Args:
            show: text of one node; by default symbol, value and a probability below 1.
        """
        show = show or _label
        lines: list[str] = []
        # The stack holds the node, the prefix of its own line, and that of its children's lines.
        stack: list[tuple[Node, str, str]] = [(self, "", "")]
        while stack:
            node, head, rest = stack.pop()
            text = show(node).splitlines() or [""]
            lines.append(head + text[0])
            lines.extend(rest + line for line in text[1:])
            last = len(node.children) - 1
            for i in range(last, -1, -1):
                joint, below = ("└─ ", "   ") if i == last else ("├─ ", "│  ")
                stack.append((node.children[i], rest + joint, rest + below))
        return "\n".join(lines)


def _label(node: Node) -> str:
    text = node.symbol if node.value is None else f"{node.symbol} = {node.value}"
    return text if node.probability == 1.0 else f"{text} ({node.probability:.0%})"
