"""The help of the command line: plain text that fits 80 columns, commands in groups, no technical limits."""

import inspect
import re
from collections.abc import Callable
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from dcs_mirror.cli.unbroken import PIECE
from dcs_mirror.cli.values import in_plain_words

MIRROR: Final = "Mirror the DCS"
LOOK: Final = "Look something up"
DOWNSTREAM: Final = "Serve downstream systems"
WRITE: Final = "Write to the DCS"
MAINTAIN: Final = "Maintain the database"
TRY: Final = "Try it without credentials"
"""The headings of the groups of commands, for ``rich_help_panel``."""

# A limit of a database's type tells a reader nothing.
_TYPE_LIMIT = re.compile(r"\d+<=x<=\d{9,}(; )?")
_RANGE, _LEAST = re.compile(r"(\d+)<=x<=(\d+)"), re.compile(r"x>=(\d+)")
_TYPE = re.compile("<([^<>]*)>")
_TYPES = {"str": "TEXT", "int": "N", "int range": "N", "float range": "N", "path": "FILE"}
_ENDS_WITH = "`dcs-mirror --help` lists the exit codes."
_NOTES = re.compile(r"  \[([^\[\]]*)\]$")


# While a text is filled, these stand for a blank and a hyphen at which no line may end.
_KEPT = str.maketrans({" ": "\ue000", "-": "\ue001"})
_PLAIN = str.maketrans({"\ue000": " ", "\ue001": "-"})

_HelpFormatter: Any = typer.Context.formatter_class


class _Formatter(_HelpFormatter):  # type: ignore[misc]  # Typer gives the class no public name
    """Fills paragraphs, but never breaks a command in backticks, or a word or an option at its hyphen."""

    def write_text(self, text: str) -> None:
        super().write_text(_kept_whole(text))

    def write_dl(self, rows: Any, *widths: int, **options: int) -> None:
        super().write_dl([(name, _kept_whole(text)) for name, text in rows], *widths, **options)

    def getvalue(self) -> str:
        return str(super().getvalue()).translate(_PLAIN)


class _Context(typer.Context):
    formatter_class = _Formatter


class App(typer.Typer):
    """A Typer of which every command prints its help in this way."""

    def __init__(self, **settings: Any) -> None:
        names = {"help_option_names": ["-h", "--help"]}
        super().__init__(cls=_Group, rich_markup_mode=None, context_settings=names, **settings)

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Any], Any]:
        """Add a command, as Typer does."""
        return super().command(name, cls=_Command, **settings)


class _Command(TyperCommand):
    context_class = _Context

    def __init__(self, name: str | None, *, help: str | None = None, **settings: Any) -> None:  # noqa: A002
        settings["epilog"] = settings.get("epilog") or _ENDS_WITH
        super().__init__(name, help=help and _with_example(help), **settings)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        with in_plain_words():
            return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [re.sub("[{}]", "", piece) for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        _write_parameters(self, ctx, formatter)


class _Group(TyperGroup):
    context_class = _Context

    def __init__(self, *, help: str | None = None, **settings: Any) -> None:  # noqa: A002 - Typer's name
        settings["epilog"] = settings.get("epilog") or _ENDS_WITH
        super().__init__(help=help and _with_example(help), **settings)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        with in_plain_words():
            return super().parse_args(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        _write_parameters(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands under the headings of their groups, each with its first sentence, uncut."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                heading = getattr(command, "rich_help_panel", None)
                heading = heading if isinstance(heading, str) else "Commands"
                groups.setdefault(heading, []).append((name, command.get_short_help_str(limit=1000)))
        widest = max(len(name) for rows in groups.values() for name, _ in rows)
        for heading, rows in groups.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(widest), text) for name, text in rows])


def _write_parameters(command: TyperCommand | TyperGroup, ctx: Any, formatter: Any) -> None:
    arguments: list[tuple[str, str]] = []
    options: list[tuple[str, str]] = []
    for parameter in command.get_params(ctx):
        record = parameter.get_help_record(ctx)
        if record is None:
            continue
        name, text = record
        if parameter.param_type_name == "argument":
            arguments.append((re.sub(r"[{}\[\]]|\.\.\.", "", name.split()[0]), _told(text)))
        else:
            options.append((_TYPE.sub(lambda kind: _TYPES.get(kind[1], kind[1]), name), _told(text)))
    for heading, rows in (("Arguments", arguments), ("Options", options)):
        if rows:
            with formatter.section(heading):
                formatter.write_dl(rows)


def _kept_whole(text: str) -> str:
    return PIECE.sub(lambda piece: " ".join(piece[0].split()).translate(_KEPT), text)


def _with_example(text: str) -> str:
    """Set off the paragraph of examples, whose lines are commands to copy and so not filled."""

    def set_off(paragraph: re.Match[str]) -> str:
        lines = [f"  {line}" for line in paragraph[2].splitlines()]
        return "\n".join(["\b", paragraph[1], *lines])

    return re.sub(r"^(Examples?:)\s+((?:.+\n?)+)", set_off, inspect.cleandoc(text), flags=re.MULTILINE)


def _told(text: str) -> str:
    """Leave the limits of a type out of the notes at the end of a help text, and say others in words."""
    notes = _NOTES.search(text)
    if notes is None:
        return text
    kept = _LEAST.sub(r"at least \1", _RANGE.sub(r"\1 to \2", _TYPE_LIMIT.sub("", notes[1])))
    return text[: notes.start()] + (f"  [{kept}]" if kept else "")
