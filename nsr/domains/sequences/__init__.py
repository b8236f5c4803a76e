"""Sequences: lists of integers, strings and lists of strings, with the integers' arithmetic."""

from __future__ import annotations

import operator
from types import MappingProxyType

from nsr.domain import Domain
from nsr.domains.integers import BOOL, COMPARISONS, INT, INT_LITERAL
from nsr.domains.integers import primitives as of_integers
from nsr.domains.sequences.constants import constants
from nsr.domains.sequences.learnt import primitives as of_networks
from nsr.domains.sequences.lists import primitives as of_lists
from nsr.domains.sequences.numerals import NUMERALS
from nsr.domains.sequences.numerals import primitives as of_numerals
from nsr.domains.sequences.phrases import primitives as of_phrases
from nsr.domains.sequences.python import PYTHON
from nsr.domains.sequences.schemes import SCHEMES
from nsr.domains.sequences.schemes import primitives as of_schemes
from nsr.domains.sequences.sublists import primitives as of_sublists
from nsr.domains.sequences.symbolic import SYMBOLIC
from nsr.domains.sequences.text import primitives as of_text
from nsr.domains.sequences.values import INTS, LISTS, STR, STR_LITERAL, STRS, sample
from nsr.domains.sequences.words import primitives as of_words
from nsr.latent.program import LATENT

SEQUENCES = Domain(
    name="sequences",
    types={"int": INT, "bool": BOOL, "ints": INTS, "lists": LISTS, "str": STR, "strs": STRS},
    primitives=MappingProxyType(
        {
            **of_integers.table,
            **of_lists.table,
            **of_schemes.table,
            **of_sublists.table,
            **of_numerals.table,
            **of_text.table,
            **of_words.table,
            **of_phrases.table,
            **of_networks.table,
        }
    ),
    literals={"INT": INT_LITERAL, "STR": STR_LITERAL, LATENT.name: LATENT},
    constants=constants,
    choices={"ints": "if_ints", "int": "if", "str": "if_str"},
    comparisons={**COMPARISONS, "same": operator.eq},
    schemes=SCHEMES,
    knowledge={"numerals": NUMERALS},
    portfolio=(
        *("two-sided", "fold", "tree-fold", "transducer", "elementwise", "selection"),
        *("composition", "iteration", "preparation", "ordering"),
        *("sublists", "text-parts", "latent"),
    ),
    symbolic=SYMBOLIC,
    python=PYTHON,
    sample=sample,
)
