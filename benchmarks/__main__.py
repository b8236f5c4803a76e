"""`python -m benchmarks demo | list | run NAME [options]`."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from types import ModuleType

import benchmarks
from nsr.errors import NsrError


def modules() -> dict[str, ModuleType]:
    """Name -> benchmark module."""
    found = {}
    for info in pkgutil.iter_modules(benchmarks.__path__):
        if not info.name.startswith("_"):
            module = importlib.import_module(f"benchmarks.{info.name}")
            if hasattr(module, "NAME"):
                found[module.NAME] = module
    return found


def main(arguments: list[str]) -> int:
    """Run what was asked for; returns the exit code."""
    try:
        if arguments == ["demo"]:
            return int(importlib.import_module("benchmarks.demo").main())
        if arguments[:1] == ["run"] and arguments[1:2] and arguments[1] in modules():
            modules()[arguments[1]].run(arguments[2:])
            return 0
    except NsrError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    for name, module in modules().items():
        print(f"{name:18} {module.DESCRIPTION}")
    asked = arguments == ["list"]
    if not asked:
        print(__doc__, file=sys.stderr)
    return 0 if asked else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
