"""`python -m benchmarks._child MODULE`: one run in a process of its own.

Reads the run as JSON from standard input, calls `MODULE.work(run)` and prints the row it gives as
the last line.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys

from nsr.errors import NsrError


def main() -> int:
    """Do the run; the exit code is 130 if it was interrupted, 1 on errors of this project."""
    try:
        row = importlib.import_module(sys.argv[1]).work(json.load(sys.stdin))
    except KeyboardInterrupt:
        return 130
    except NsrError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    row["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(row))
    return 0


if __name__ == "__main__":
    sys.exit(main())
