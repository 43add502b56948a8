"""Docstrings name exceptions and arguments that exist."""

import ast
import builtins
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "dcs_mirror"
FILES = sorted(PACKAGE.rglob("*.py"))
# In these sections an entry is a line "names: what", indented by four spaces more than the section's heading.
SECTION = r"^{0}:\n((?:    .*\n|\n)+)"
ENTRY = re.compile(r"^    (\*{0,2}\w+(?:[.,] ?\*{0,2}\w+)*): ", re.MULTILINE)

OTHERS = ("asyncpg.", "pydantic.", "typer.")

Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@cache
def nodes_of(file: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))


def documented(file: Path) -> Iterator[tuple[Documented, str]]:
    for node in nodes_of(file):
        if isinstance(node, Documented) and (text := ast.get_docstring(node)):
            yield node, f"{text}\n"


def entries(text: str, section: str) -> list[str]:
    """Return the names that a section of a docstring explains."""
    found = re.search(SECTION.format(section), text, re.MULTILINE)
    lines = ENTRY.findall(found[1]) if found else []
    return [name.strip(" *") for line in lines for name in line.split(",")]


@cache
def existing() -> set[str]:
    """Return the names of all classes, of the package and built in."""
    own = {node.name for file in FILES for node in nodes_of(file) if isinstance(node, ast.ClassDef)}
    return own | set(dir(builtins))


def parameters_of(node: Documented) -> set[str]:
    """Return the parameters of a function, or of a class's ``__init__`` and fields."""
    if isinstance(node, ast.ClassDef):
        fields = {
            n.target.id for n in node.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
        }
        makers = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
        return fields.union(*(parameters_of(maker) for maker in makers))
    given = node.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))]
    return {argument.arg for argument in every}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_docstrings_name_what_exists(file: Path) -> None:
    unknown = [
        f"{node.name} raises {name}"
        for node, text in documented(file)
        for name in entries(text, "Raises")
        if name.split(".")[-1] not in existing() and not name.startswith(OTHERS)
    ]
    unknown += [
        f"{node.name} takes {name}"
        for node, text in documented(file)
        for name in entries(text, "Args")
        if name not in parameters_of(node)
    ]
    assert unknown == []


def test_the_sections_are_found() -> None:
    arguments = "Args:\n    one, two: some.\n        More: words.\n    *rest: all.\n"
    text = f"Do it.\n\n{arguments}\nRaises:\n    a.B, C: if.\n"
    assert entries(text, "Args") == ["one", "two", "rest"]
    assert entries(text, "Raises") == ["a.B", "C"]
    assert sum(len(entries(text, "Raises")) for file in FILES for _, text in documented(file)) > 100
