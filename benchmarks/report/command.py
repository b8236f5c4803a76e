"""`python -m benchmarks report`: write the page, and the tables into the README."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks import comparison, records
from benchmarks.report import markdown
from nsr.atomic import replace_file
from nsr.errors import InputError

README: Final = Path(__file__).parent.parent.parent / "README.md"


def run(arguments: Sequence[str]) -> None:
    """Read the records, write both.

    Raises:
        InputError: if there is no record, or something cannot be written.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks report")
    add = parser.add_argument
    add("--output", type=Path, default=Path("report.html"), help="default: report.html")
    add("--results", type=Path, default=records.RESULTS, help="folder of records")
    add("--readme", type=Path, default=README, help="file whose tables are replaced")
    add("--tables", action="store_true", help="only the tables, which takes no time")
    options = parser.parse_args(arguments)
    found = comparison.read_all(options.results)
    if not found:
        raise InputError("no records of runs", source=str(options.results))
    markdown.write(options.readme, markdown.tables(found, options.results))
    print(f"tables in {options.readme}")
    if not options.tables:
        # Plots need a library that the tables do not.
        from benchmarks.report.page import page

        replace_file(options.output, page(found, options.results))
        print(f"page in {options.output}")
