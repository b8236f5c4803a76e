"""How integer primitives are written in plain Python."""

from __future__ import annotations

from types import MappingProxyType

from nsr.domain import PythonForms

PYTHON = PythonForms(
    expressions=MappingProxyType(
        {
            "add": "lambda x, y: x + y",
            "sub": "lambda x, y: x - y",
            "mul": "lambda x, y: x * y",
            "div": "lambda x, y: x // y",
            "mod": "lambda x, y: x % y",
            "min": "lambda x, y: min(x, y)",
            "max": "lambda x, y: max(x, y)",
            "neg": "lambda x: -x",
            "abs": "lambda x: abs(x)",
            "inc": "lambda x: x + 1",
            "dec": "lambda x: max(x - 1, 0)",
            "zero": "lambda: 0",
            "if": "lambda p, x, y: x if p else y",
            "eq": "lambda x, y: x == y",
            "le": "lambda x, y: x <= y",
            "lt": "lambda x, y: x < y",
            "even": "lambda x: x % 2 == 0",
            "not": "lambda p: not p",
            "and": "lambda p, q: p and q",
            "or": "lambda p, q: p or q",
            "recur": "lambda n, x, f: functools.reduce(lambda y, k: f(k, y), range(n), x)",
        }
    ),
    helpers=MappingProxyType(
        {
            "steps": """
def steps(start, step):
    value, count = start, 0
    while value:
        smaller = step(value)
        if not 0 <= smaller < value:
            raise ValueError("a step that does not lead down")
        value, count = smaller, count + 1
    return count
""",
        }
    ),
    types=MappingProxyType({"int": "int", "bool": "bool"}),
    names=MappingProxyType(
        {"int": ("x", "y", "z", "u", "v", "w", "a", "b", "c"), "bool": ("p", "q", "r")}
    ),
)
