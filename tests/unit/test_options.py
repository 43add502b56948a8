"""Options said once in a dataclass are options of every command that takes it."""

from dataclasses import dataclass
from typing import Annotated

import typer
from typer.testing import CliRunner

from dcs_mirror.cli.options import spread

app = typer.Typer()


@dataclass(frozen=True)
class Shared:
    """Two options and an argument."""

    number: Annotated[int, typer.Argument()]
    colour: Annotated[str, typer.Option(help="What paint.")] = "red"
    wet: Annotated[bool, typer.Option("--wet")] = False


@app.command()
@spread
def paint(shared: Shared, *, thick: Annotated[int, typer.Option()]) -> None:
    """Paint it."""
    typer.echo(f"{shared} {thick}")


@app.command()
@spread
def look(shared: Shared) -> None:
    """Look at it."""
    typer.echo(f"{shared.number}")


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, arguments)
    return done.exit_code, done.stdout.strip()


def test_a_command_gets_what_was_given_and_the_defaults_of_the_rest() -> None:
    assert run("paint", "7", "--thick", "2", "--wet") == (0, f"{Shared(7, 'red', True)} 2")
    assert run("look", "8", "--colour", "blue") == (0, "8")


def test_what_has_no_default_must_be_given() -> None:
    assert run("paint", "7")[0] == 2
    assert run("look")[0] == 2


def test_help_tells_shared_options_with_a_commands_own() -> None:
    code, told = run("paint", "--help")
    assert code == 0
    assert "What paint." in told
    assert "--thick" in told
    assert "Paint it." in told
