"""One tree of errors. Every message says what was expected and what came."""

from __future__ import annotations


class NsrError(Exception):
    """Root of everything nsr raises on purpose: catch this to catch all of it."""


class InputError(NsrError):
    """Data from outside is not what it must be.

    Name the file and the place inside it; the command line prints the message as one line and
    exits with code 2.
    """

    def __init__(self, message: str, *, source: str | None = None, place: str | None = None):
        self.message = message
        self.source = source
        self.place = place
        where = ": ".join(part for part in (source, place) if part)
        super().__init__(f"{where}: {message}" if where else message)


class ContradictionError(InputError):
    """Two examples give the same inputs different outputs, so no program explains both."""


class ProgramError(NsrError):
    """A program text does not parse, or does not have the type that was asked for."""


class GrammarError(NsrError):
    """A program space is malformed: its grammar and its domain do not agree.

    Raised while a space is loaded, so the mend is in the `.lark` file or in the domain.
    """


class UnknownNameError(NsrError):
    """No searcher, domain or data set of that name; the message lists the names there are."""

    def __init__(self, kind: str, name: str, known: list[str]):
        super().__init__(f"unknown {kind} {name!r}; known: {', '.join(sorted(known)) or 'none'}")


class DeclinedError(NsrError):
    """A searcher cannot work on this problem; the message says what it would need."""


class LimitReached(NsrError):
    """A budget ran out. `limit` is one of "fuel", "seconds", "memory"."""

    def __init__(self, limit: str):
        self.limit = limit
        super().__init__(f"stopped by the {limit} limit")


class UndefinedError(NsrError):
    """A primitive has no value on these arguments (the head of an empty list, division by zero).

    Primitives raise it; the executor turns it into an `Undefined` value, never into a crash.
    """
