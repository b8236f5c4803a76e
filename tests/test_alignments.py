"""What is certain of the items kept is what all ways of keeping have in common."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from nsr.alignments import kept

lists = st.lists(st.integers(0, 2), max_size=6).map(tuple)


@given(lists, lists)
def test_certain_is_what_all_ways_agree_on(items: tuple[int, ...], part: tuple[int, ...]) -> None:
    ways = [
        keeps
        for keeps in itertools.product([False, True], repeat=len(items))
        if tuple(itertools.compress(items, keeps)) == part
    ]
    if not ways:
        assert kept(items, part) is None
        return
    wanted = [at[0] if len(set(at)) == 1 else None for at in zip(*ways, strict=True)]
    assert kept(items, part) == wanted
