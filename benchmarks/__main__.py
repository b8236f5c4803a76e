"""`python -m benchmarks demo | list | run NAME [options] | run SUITE --method METHOD | report`."""

from __future__ import annotations

import importlib
import pkgutil
import signal
import sys
from types import ModuleType

import benchmarks
from benchmarks import diagnostics, methods
from benchmarks.suites import NAMES, get_suite
from nsr.errors import NsrError, UnknownNameError


def modules() -> dict[str, ModuleType]:
    """Name -> benchmark module."""
    found = {}
    for package in (benchmarks, diagnostics):
        for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            if not info.name.rpartition(".")[2].startswith("_"):
                module = importlib.import_module(info.name)
                if hasattr(module, "NAME"):
                    found[module.NAME] = module
    return found


def compares(arguments: list[str]) -> bool:
    """Whether methods are to be compared on a suite.

    `algorithms` and `arc` are names of benchmarks too; `--method` tells which is meant.
    """
    asked = any(text.split("=")[0] == "--method" for text in arguments)
    return bool(arguments) and arguments[0] in NAMES and (asked or arguments[0] not in modules())


def main(arguments: list[str]) -> int:
    """Run what was asked for; returns the exit code."""
    try:
        if arguments == ["demo"]:
            return int(importlib.import_module("benchmarks.demo").main())
        if arguments[:1] == ["report"]:
            importlib.import_module("benchmarks.report.command").run(arguments[1:])
            return 0
        if arguments[:1] == ["run"] and compares(arguments[1:]):
            importlib.import_module("benchmarks.comparison").run(arguments[1], arguments[2:])
            return 0
        if arguments[:1] == ["run"] and arguments[1:2]:
            known = modules()
            if arguments[1] not in known:
                raise UnknownNameError("benchmark", arguments[1], [*known, *NAMES])
            known[arguments[1]].run(arguments[2:])
            return 0
        if arguments[:1] and arguments[0] not in ("run", "list", "-h", "--help"):
            raise UnknownNameError("command", arguments[0], ["demo", "list", "run", "report"])
    except NsrError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("benchmarks: interrupted", file=sys.stderr)
        return 130
    for name, module in modules().items():
        print(f"{name:18} {module.DESCRIPTION}")
    print()
    for name in NAMES:
        suite = get_suite(name)
        print(f"{name:18} {', '.join(suite.compared[:4])}{', ...' * (len(suite.compared) > 4)}")
    print(f"{'methods':18} {', '.join(methods.names())}")
    asked = arguments in (["list"], ["-h"], ["--help"])
    if arguments != ["list"]:
        print(__doc__, file=sys.stderr)
    return 0 if asked else 2


if __name__ == "__main__":
    # Ended from outside, it ends its child processes as when it is interrupted.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
