"""How primitives of lists and strings are written in plain Python; tuples become lists."""

from __future__ import annotations

from types import MappingProxyType

from nsr.domain import PythonForms
from nsr.domains._integers_python import PYTHON as INTEGERS

_LISTS = {
    "head": "lambda xs: xs[0] if xs else 0",
    "last": "lambda xs: xs[-1] if xs else 0",
    "tail": "lambda xs: xs[1:]",
    "init": "lambda xs: xs[:-1]",
    "index": "lambda xs, n: xs[n] if 0 <= n < len(xs) else 0",
    "empty": "lambda: []",
    "range": "lambda n, m: list(range(n, m))",
    "places": "lambda xs: list(range(len(xs)))",
    "if_ints": "lambda p, xs, ys: xs if p else ys",
    "same": "lambda xs, ys: xs == ys",
}
_BOTH = {
    "take": "lambda n, xs: xs[:max(n, 0)]",
    "drop": "lambda n, xs: xs[max(n, 0):]",
    "stride": "lambda xs, n: xs[::max(n, 1)]",
    "cons": "lambda x, xs: [x, *xs]",
    "snoc": "lambda xs, x: [*xs, x]",
    "concat": "lambda xs, ys: xs + ys",
    "repeat": "lambda x, n: [x] * n",
    "reverse": "lambda xs: xs[::-1]",
    "len": "lambda xs: len(xs)",
    "member": "lambda x, xs: x in xs",
    "map": "lambda f, xs: [f(x) for x in xs]",
    "filter": "lambda f, xs: [x for x in xs if f(x)]",
}
_SCHEMES = {
    "take_while": "lambda f, xs: list(itertools.takewhile(f, xs))",
    "drop_while": "lambda f, xs: list(itertools.dropwhile(f, xs))",
    "zipwith": "lambda f, xs, ys: [f(x, y) for x, y in zip(xs, ys)]",
    "filter_zip": "lambda f, xs, ys: [x for x, y in zip(xs, ys) if f(x, y)]",
    "zip_long": (
        "lambda f, xs, ys: [f(x, y) for x, y in itertools.zip_longest(xs, ys, fillvalue=0)]"
    ),
    "sort_by": "lambda f, xs: sorted(xs, key=f)",
    "argmax": "lambda f, xs: max(xs, key=f, default=0)",
    "fold": "lambda f, x, xs: functools.reduce(f, xs, x)",
    "fold_ints": "lambda f, ys, xs: functools.reduce(f, xs, ys)",
    "scan": "lambda f, xs: list(itertools.accumulate(xs, f))",
    "concat_map": "lambda f, xs: [y for x in xs for y in f(x)]",
    "inits": "lambda xs: [xs[:n] for n in range(1, len(xs) + 1)]",
    "windows": "lambda n, xs: [xs[i:i + n] for i in range(len(xs) - n + 1)] if n > 0 else []",
    "chunks": "lambda n, xs: [xs[i:i + n] for i in range(0, len(xs), n)] if n > 0 else [xs]",
    "map_lists": "lambda f, xss: [f(xs) for xs in xss]",
    "concat_lists": "lambda f, xss: [y for xs in xss for y in f(xs)]",
    "fold_zip": "lambda f, x, xs, ys: fold_zip(f, x, xs, ys)",
    "fold_zip_ints": "lambda f, zs, xs, ys: fold_zip(f, zs, xs, ys)",
    "digits": "lambda n: [int(c) for c in str(n)]",
    "value": "lambda xs: functools.reduce(lambda n, x: 10 * n + x, xs, 0)",
    "transduce": "lambda f, g, x, xs: transduce(f, g, x, xs)[0]",
    "fold_tree": "lambda f, n, m, xs: fold_tree(f, 0, n, m, xs)",
    "fold_tree_ints": "lambda f, n, m, xs: fold_tree(f, [], n, m, xs)",
}
_TEXT = {
    "length": "lambda s: len(s)",
    "append": "lambda s, t: s + t",
    "substring": "lambda s, n, m: s[max(n, 0):max(m, 0)]",
    "upper": "lambda s: s.upper()",
    "lower": "lambda s: s.lower()",
    "strip": "lambda s: s.strip()",
    "replace": "lambda s, t, r: s.replace(t, r)",
    "find": "lambda s, t: s.index(t)",
    "contains": "lambda s, t: t in s",
    "chars": "lambda s: list(s)",
    "split": "lambda s, t: s.split(t)",
    "join": "lambda ss, s: s.join(ss)",
    "number": "lambda s: int(s)",
    "equal": "lambda s, t: s == t",
    "if_str": "lambda p, s, t: s if p else t",
    "head_strs": "lambda ss: ss[0]",
    "last_strs": "lambda ss: ss[-1]",
    "tail_strs": "lambda ss: ss[1:]",
    "init_strs": "lambda ss: ss[:-1]",
    "index_strs": "lambda ss, n: ss[n]",
    "sort_strs": "lambda ss: sorted(ss)",
    "dedupe_strs": "lambda ss: list(dict.fromkeys(ss))",
    "remove_strs": "lambda s, ss: [t for t in ss if t != s]",
    "nothing": "lambda: []",
    "word": "lambda s: [s]",
    "front_strs": "lambda ss: ss[:1]",
    "back_strs": "lambda ss: ss[-1:]",
}
_HELPERS = {
    "fold_zip": """
def fold_zip(step, value, left, right):
    for x, y in zip(left, right):
        value = step(value, x, y)
    return value
""",
    "transduce": '''
def transduce(out, step, state, items):
    """The values `out(state, item)`, and the last state."""
    values = []
    for item in items:
        values.append(out(state, item))
        state = step(state, item)
    return values, state
''',
    "transduce_rest": """
def transduce_rest(out, step, state, items):
    values, rest = transduce(out, step, state, items)
    return [*values, rest] if rest else values
""",
    "concat_pairs": """
def concat_pairs(make, items):
    pairs = zip(items[::2], items[1::2])
    rest = items[-1:] if len(items) % 2 else []
    return [y for pair in pairs for y in make(*pair)] + rest
""",
    "concat_zip": """
def concat_zip(make, left, right):
    both = min(len(left), len(right))
    joined = [y for pair in zip(left, right) for y in make(*pair)]
    return joined + left[both:] + right[both:]
""",
    "groups": '''
def groups(together, items):
    """The items in groups, cut between neighbours for which the relation does not hold."""
    parts = []
    for item in items:
        if parts and together(parts[-1][-1], item):
            parts[-1].append(item)
        else:
            parts.append([item])
    return parts
''',
    "splits": '''
def splits(separator, items):
    """The parts between the items that equal the separator."""
    parts = [[]]
    for item in items:
        if item == separator:
            parts.append([])
        else:
            parts[-1].append(item)
    return parts
''',
    "iterate": """
def iterate(step, start, count):
    values = []
    for _ in range(count):
        values.append(step(values[-1]) if values else start)
    return values
""",
    "fold_tree": '''
def fold_tree(join, empty, opening, closing, items):
    """Folds a tree of brackets: `opening value left right closing`."""
    stack = [([], [])]
    for item in items:
        if item == opening:
            stack.append(([], []))
        elif item == closing and len(stack) > 1:
            values, parts = stack.pop()
            result = join(values[0], *[*parts, empty, empty][:2]) if values else empty
            stack[-1][1].append(result)
        elif not any(stack[-1]) and len(stack) > 1:
            stack[-1][0].append(item)
        else:
            raise ValueError("not a tree")
    if len(stack) > 1 or len(stack[0][1]) > 1:
        raise ValueError("not one tree")
    return stack[0][1][0] if stack[0][1] else empty
''',
}

PYTHON = PythonForms(
    expressions=MappingProxyType(
        {
            **INTEGERS.expressions,
            **_LISTS,
            **_BOTH,
            **{f"{name}_strs": text for name, text in _BOTH.items()},
            **_SCHEMES,
            **_TEXT,
        }
    ),
    helpers=MappingProxyType({**INTEGERS.helpers, **_HELPERS}),
    types=MappingProxyType(
        {
            **INTEGERS.types,
            "ints": "list[int]",
            "lists": "list[list[int]]",
            "str": "str",
            "strs": "list[str]",
        }
    ),
    names=MappingProxyType(
        {
            **INTEGERS.names,
            "ints": ("xs", "ys", "zs", "us", "vs"),
            "lists": ("xss", "yss"),
            "str": ("s", "t", "r"),
            "strs": ("ss", "ts", "rs"),
        }
    ),
)
