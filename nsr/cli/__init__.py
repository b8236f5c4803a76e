"""The command `nsr`: each sub-command is a module of this package, found by its name.

A module `nsr.cli.<name>` holds a click command called `command`. It imports what is heavy inside
its function, so that `nsr --help` stays fast.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import pkgutil
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any, TextIO

import click

import nsr
from nsr.errors import NsrError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}
"""What a standard stream says that takes no more; a broken pipe is click's affair."""


class Interruption(Exception):
    """Ctrl-C, with a line on what is left behind."""


class Commands(click.Group):
    """Loads sub-commands by name, and turns every expected error into one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the modules of this package."""
        return sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name[0] != "_")

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command in the module of that name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command = importlib.import_module(f"nsr.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the sub-command; bad input exits with 2, Ctrl-C and being ended with 130."""
        try:
            with _ended_as_interrupted():
                return super().invoke(ctx)
        except NsrError as error:
            say(str(error))
            ctx.exit(2)
        except click.UsageError as error:
            where = error.ctx.command_path if error.ctx else "nsr"
            say(f"{error.format_message()} (see `{where} --help`)")
            ctx.exit(2)
        except (KeyboardInterrupt, Interruption) as error:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            say(f"interrupted{f'; {error}' if str(error) else ''}")
            ctx.exit(INTERRUPTED)
        except OSError as error:
            # Only files have names.
            if error.filename is not None or error.errno not in UNWRITABLE:
                raise
            _drop(sys.stdout)
            say(f"standard output: cannot write: {error.strerror}")
            ctx.exit(2)


@contextlib.contextmanager
def _ended_as_interrupted() -> Iterator[None]:
    # Ended from outside, a command keeps what is done and ends its workers.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(nsr.__version__, prog_name="nsr")
def main() -> None:
    """From a few examples to programs that hold on unseen inputs.

    Exit codes: 0 done, 1 internal error, 2 bad input (one line on standard error), 130
    interrupted.
    """
    # Who closes a stream wants none of what goes there; Python has `None` for it.
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    # Answers may hold any character; a terminal that lacks it is no reason to crash.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def say(message: str) -> None:
    """Print one line on standard error, whatever characters are in the message."""
    line = "".join(c if c.isprintable() else "?" for c in " ".join(message.split()))
    try:
        click.echo(f"nsr: {line}", err=True)
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        _drop(sys.stderr)  # there is no place left to tell it


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")


def _drop(stream: TextIO) -> None:
    """Let go what a stream could not write: else Python tries again at its end, and complains."""
    with contextlib.suppress(OSError), _nowhere() as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())
