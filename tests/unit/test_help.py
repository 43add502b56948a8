"""The help of every command: it fits 80 columns, teaches with an example, and shows no technical limits."""

import io
import itertools
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from typing import Any

import pytest

from dcs_mirror.cli import command


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, (*path, name))


COMMANDS = dict(_commands(command()))
RUNNABLE = [path for path, command in COMMANDS.items() if not getattr(command, "no_args_is_help", False)]


def _help(path: tuple[str, ...], option: str = "--help", width: int = 80) -> str:
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        with redirect_stdout(out), pytest.raises(SystemExit) as end:
            command()([*path, option], prog_name="dcs-mirror")
    assert end.value.code == 0, out.getvalue()
    return out.getvalue()


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_fits_80_columns_and_names_no_limit_of_a_type(path: tuple[str, ...]) -> None:
    text = _help(path)
    assert max(map(len, text.splitlines())) <= 80
    assert not re.search(r"<=|>=|<bool>|<str>|[{}]|…|\.{3}\s*\.{3}", text)
    assert not re.search(r"\w-$", text, re.MULTILINE), "a word is broken at its hyphen"
    assert not re.search("[\ue000-\uf8ff]", text)
    assert all(line.count("`") % 2 == 0 for line in text.splitlines()), "a command is broken"
    assert _help(path, "-h") == text


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("width", [60, 80])
def test_paragraphs_are_filled_whatever_the_width(path: tuple[str, ...], width: int) -> None:
    """No line ends early though the next word would have had room."""
    text = re.split(r"\n\n(?:Examples?|Arguments|Options):", _help(path, width=width))[0]
    for paragraph in re.findall(r"(?:^  \S.*\n)+", text, re.MULTILINE):
        lines = paragraph.splitlines()
        for line, following in itertools.pairwise(lines):
            next_piece = re.findall(r"[^\s`]*`[^`]+`\S*|\S+", following)[0]
            assert len(line) + 1 + len(next_piece) > width - 2, paragraph
            assert line.count("`") % 2 == 0, "a command is broken"


@pytest.mark.parametrize("path", RUNNABLE, ids=" ".join)
def test_every_command_teaches_with_an_example(path: tuple[str, ...]) -> None:
    assert re.search(rf"Examples?:\s+.*dcs-mirror {' '.join(path)}", _help(path), re.DOTALL)
    assert "xit codes" in _help(path)


def test_the_programs_help_lists_every_command_in_a_group() -> None:
    text = _help(())
    assert "\nCommands:" not in text
    for path in COMMANDS:
        if len(path) == 1:
            assert re.search(rf"^  {path[0]} ", text, re.MULTILINE)
