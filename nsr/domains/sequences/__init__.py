"""Sequences: lists of integers, strings and lists of strings, with the integers' arithmetic."""

from __future__ import annotations

from types import MappingProxyType

from nsr.domain import Domain
from nsr.domains.integers import BOOL, INT, INT_LITERAL
from nsr.domains.integers import primitives as integers
from nsr.domains.sequences.lists import primitives as lists
from nsr.domains.sequences.text import primitives as text
from nsr.domains.sequences.values import INTS, STR, STR_LITERAL, STRS, sample

SEQUENCES = Domain(
    name="sequences",
    types={"int": INT, "bool": BOOL, "ints": INTS, "str": STR, "strs": STRS},
    primitives=MappingProxyType({**integers.table, **lists.table, **text.table}),
    literals={"INT": INT_LITERAL, "STR": STR_LITERAL},
    sample=sample,
)
