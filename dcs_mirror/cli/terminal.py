"""What a command prints passes here: no text from outside reaches a terminal as a control sequence.

:func:`guard_output` puts a :class:`GuardedStream` in the place of standard output and standard error, so that
whatever writes to them is covered: commands, the log, usage errors and tracebacks. Only :func:`console` and
CSV go past it, because bars move the cursor; what is printed there was made safe before.
"""

import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TextIO

from dcs_mirror.plain_text import escaped

if TYPE_CHECKING:
    from rich.console import Console

# Colours: what Typer's help and the log print on a terminal.
_COLOUR = re.compile("(\x1b\\[[0-9;]*m)")


class GuardedStream:
    """A text stream that escapes what a terminal would obey, except line ends and, on a terminal, colours.

    It shows what the stream below shows of itself, such as its encoding, but not its buffer, which would be
    a way past it.

    Args:
        stream: where it writes to.
    """

    def __init__(self, stream: TextIO) -> None:
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
    """Guard standard output and standard error of this process, if they are open."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None and not isinstance(stream, GuardedStream):
            setattr(sys, name, GuardedStream(stream))


def unguarded_output(*, stderr: bool = False) -> TextIO:
    """Return standard output or error without the guard; every text from outside must pass ``one_line``."""
    stream = sys.stderr if stderr else sys.stdout
    return stream.unguarded if isinstance(stream, GuardedStream) else stream


def console(*, stderr: bool = False, **options: Any) -> "Console":
    """Return a console for bars and tables; every text from outside must pass ``one_line`` before."""
    from rich.console import Console

    return Console(file=unguarded_output(stderr=stderr), **options)
