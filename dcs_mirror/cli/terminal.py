"""What a command prints passes here: no text from outside reaches a terminal as a control sequence.

:func:`guard_output` puts a :class:`GuardedStream` in the place of standard output and standard error, so that
whatever writes to them is covered: commands, the log, usage errors and tracebacks. Only :func:`console` and
CSV go past it, because bars move the cursor; what is printed there was made safe before.

Below it is an :class:`OutputStream`: a stream that is closed, full, or in an encoding that lacks a character
never ends a command half-way. The command does its work, and :func:`lost_output` says at the end what could
not be written.
"""

import codecs
import errno
import io
import os
import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TextIO, cast

from dcs_mirror.plain_text import escaped

if TYPE_CHECKING:
    from rich.console import Console

# Colours: what Typer's help and the log print on a terminal.
_COLOUR = re.compile("(\x1b\\[[0-9;]*m)")


# What an encoding lacks is written as JSON and the log write what a terminal would obey.
ESCAPED = "dcs_mirror.escaped"


def _escape_what_lacks(error: UnicodeError) -> tuple[str, int]:
    """Return ``\\uXXXX`` for characters that an encoding lacks, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    text = "".join(f"\\u{units[i] << 8 | units[i + 1]:04x}" for i in range(0, len(units), 2))
    return text, error.end


class OutputStream:
    """A text stream that fails without an exception: what cannot be written is dropped.

    Args:
        stream: where it writes to.

    Attributes:
        lost: why something could not be written; None if all was, or its reader had read enough.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_broken = False
        self.lost: str | None = None

    def write(self, text: str, /) -> int:
        """Write a text, or drop it if one before could not be written; return its length."""
        try:
            if not self._is_broken:
                self._stream.write(text)
        except OSError as error:
            self._break(error)
        except UnicodeEncodeError as error:
            self.write(text.encode(error.encoding, ESCAPED).decode(error.encoding))
        return len(text)

    def flush(self) -> None:
        """Flush the stream below."""
        try:
            if not self._is_broken:
                self._stream.flush()
        except OSError as error:
            self._break(error)

    def writelines(self, lines: Iterable[str], /) -> None:
        """Write texts."""
        for line in lines:
            self.write(line)

    def use(self, encoding: str) -> None:
        """Write this encoding from now on, whatever the locale says."""
        if isinstance(self._stream, io.TextIOWrapper) and self._stream.encoding.lower() != encoding:
            self._stream.reconfigure(encoding=encoding, errors=ESCAPED)

    def _break(self, error: OSError) -> None:
        self._is_broken = True
        if error.errno != errno.EPIPE:
            self.lost = error.strerror or type(error).__name__
        # What is in the buffer would fail again when the interpreter ends: it goes nowhere instead.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class GuardedStream:
    """A text stream that escapes what a terminal would obey, except line ends and, on a terminal, colours.

    It shows what the stream below shows of itself, such as its encoding, but not its buffer, which would be
    a way past it.

    Args:
        stream: where it writes to.
    """

    def __init__(self, stream: "TextIO | OutputStream") -> None:
        self.unguarded = stream

    def write(self, text: str, /) -> int:
        """Write a text, escaped; return its length."""
        if "\x1b" in text and self.unguarded.isatty():
            parts = _COLOUR.split(text)
            safe = "".join(part if place % 2 else escaped(part) for place, part in enumerate(parts))
        else:
            safe = escaped(text)
        self.unguarded.write(safe)
        return len(text)

    def flush(self) -> None:
        """Flush the stream below."""
        self.unguarded.flush()

    def writelines(self, lines: Iterable[str], /) -> None:
        """Write texts, escaped."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        if name == "buffer":
            raise AttributeError(name)
        return getattr(self.unguarded, name)


def guard_output() -> None:
    """Guard standard output and standard error of this process; those that are closed go nowhere.

    Closed descriptors are opened first, standard input too: the next file or socket that is opened would get
    their number, and be written to, or closed, as a standard stream.
    """
    codecs.register_error(ESCAPED, _escape_what_lacks)
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
    for number, name in ((1, "stdout"), (2, "stderr")):
        stream = getattr(sys, name)
        if stream is None:
            stream = open(number, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the process
        if not isinstance(stream, GuardedStream):
            setattr(sys, name, GuardedStream(OutputStream(stream)))


def lost_output() -> str | None:
    """Flush standard output; return why it could not be written, or None if it was."""
    output = sys.stdout
    output.flush()
    sys.stderr.flush()
    return getattr(output, "lost", None)


def unguarded_output(*, stderr: bool = False) -> "TextIO | OutputStream":
    """Return standard output or error without the guard; every text from outside must pass ``one_line``."""
    stream = sys.stderr if stderr else sys.stdout
    return stream.unguarded if isinstance(stream, GuardedStream) else stream


def console(*, stderr: bool = False, **options: Any) -> "Console":
    """Return a console for bars and tables; every text from outside must pass ``one_line`` before."""
    from rich.console import Console

    return Console(file=cast("TextIO", unguarded_output(stderr=stderr)), **options)
