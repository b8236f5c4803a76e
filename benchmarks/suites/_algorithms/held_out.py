"""The held-out family: list algorithms on which nothing is tuned.

Written on 23 November 2026, before the search for recursive programs, and never used to design or
tune it; its primitives and schemes were being added at the same time, unseen. The author had read
the feasibility study (the two other families, its schemes and the primitives it recommends) and
tests that name primitives of lists, but neither the searchers nor the primitives and grammars.

The tasks are a cross-section of the literature, not a selection by difficulty:

- Rule et al.: the 150 list functions of wave 1 of their experiments in an order drawn once
  (`numpy.random.default_rng(2026).permutation(150) + 1`); the first ten that are well typed as
  published (truth values as 1 and 0), defined on every list that is not empty, and look at more
  than a fixed number of places.
- DeepCoder: four of its nine example programs, drawn at random.
- λ²: four functions of lists and one of trees, drawn at random from 16 and 8 of its benchmark that
  are in no other family.
- Ninety-Nine Problems: P10, P12, P15, P16 and P20.
- Delétang et al.: all tasks that are no task, and no base-2 or inverse form of one, of a family.
- Graves et al. (neural Turing machine): repeat copy, associative recall, priority sort.
- Weiss et al. (RASP): double histogram, most frequent, shuffle-Dyck. Zhou et al. (RASP-L): count.
- CLRS-30: minimum, binary search, quickselect, activity selector, string matcher, LCS length.
- Textbooks: a few that need a stack, two lists or two loops.
"""

from __future__ import annotations

from typing import Final

from benchmarks.suites._algorithms import Family
from benchmarks.suites._algorithms.held_out_lists import LISTS
from benchmarks.suites._algorithms.held_out_theory import THEORY

HELD_OUT: Final = Family("held_out", [*LISTS.members, *THEORY.members])
