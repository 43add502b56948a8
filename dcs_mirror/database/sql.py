"""SQL files as statements with named parameters.

A file holds one statement and names its parameters as psql does (``:hei_id``), so that it can be read,
tried in psql with ``\\set``, and run by the driver, which knows only ``$1``. Its head says why the statement
is there, the parameters that it takes with their types, and the tables that it reads and writes::

    -- R4: an item that was looked up by an id is the stored item that has, or once had, that id.
    -- takes: hei_id integer
    -- reads: dcs_mirror.content_item, dcs_mirror.request_id_history, item_match
    -- writes: item_match

Statements that share a condition include the file that holds it, as psql does, on a line of its own::

    FROM (
    \\ir searched_items.sql
    ) AS i

The included file is a statement, too, so that it can be tried alone. The head of the file that includes it
names its parameters and tables.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

# Quoted text is kept as it is. A colon that follows another one, or a word, does not begin a parameter.
_TOKEN = re.compile(
    r"""(?P<quoted>'[^']*'|"[^"]*")|(?P<comment>--[^\n]*|/\*.*?\*/)|(?<![:\w]):(?P<name>[a-z_]+)\b""",
    re.DOTALL,
)

_HEAD_LINE = re.compile(r"^-- (takes|reads|writes): (.*(?:\n--   .*)*)", re.MULTILINE)

_INCLUDED = re.compile(r"^\\ir (\S+)$", re.MULTILINE)

_PLACEHOLDER = re.compile(r"\$(\d+)::")


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement with ``$n`` placeholders of known types.

    Attributes:
        name: the name of its file.
        text: what the driver runs.
        parameters: the names of its parameters, in the order of the placeholders.
        types: the SQL type of every parameter, by its name.
        reads: the tables and views that it reads, temporary ones without a schema.
        writes: the tables that it writes.
    """

    name: str
    text: str
    parameters: tuple[str, ...]
    types: Mapping[str, str]
    reads: tuple[str, ...]
    writes: tuple[str, ...]

    def arguments(self, values: "Values") -> list[object]:
        """Return the values of the statement's own parameters, in order; further ``values`` are ignored."""
        return [value_of(values, name) for name in self.parameters]

    def bind(self, values: "Values") -> tuple[str, *tuple[object, ...]]:
        """Return the text and its arguments, as the driver's methods take them."""
        return (self.text, *self.arguments(values))

    def numbered(self, order: Sequence[str]) -> str:
        """Return the text for parameters that come in ``order``, which may hold further ones."""
        places = {name: order.index(name) + 1 for name in self.parameters}
        return _PLACEHOLDER.sub(lambda found: f"${places[self.parameters[int(found[1]) - 1]]}::", self.text)


Values: TypeAlias = "Mapping[str, object] | DataclassInstance"
"""Values of parameters: a mapping or a dataclass that has the parameters' names."""


def value_of(values: Values, name: str) -> object:
    """Return the value of the parameter ``name``.

    Raises:
        KeyError, AttributeError: if ``values`` does not have it.
    """
    return values[name] if isinstance(values, Mapping) else getattr(values, name)


@cache
def load(path: Path) -> Statement:
    """Load the statement in the file ``path``.

    Raises:
        KeyError: if the statement has a parameter that the head of the file does not declare.
    """
    source = path.read_text(encoding="utf-8")
    head = {key: _listed(value) for key, value in _HEAD_LINE.findall(source)}
    types = dict(_name_and_type(declared) for declared in head.get("takes", ()))
    names: list[str] = []

    def placeholder(found: re.Match[str]) -> str:
        name = found["name"]
        if name is None:
            return found["quoted"] or " "
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}::{types[name]}"

    text = _TOKEN.sub(placeholder, _with_included(path))
    return Statement(
        path.stem, text.strip(), tuple(names), types, head.get("reads", ()), head.get("writes", ())
    )


@cache
def load_folder(path: Path) -> tuple[Statement, ...]:
    """Load every ``.sql`` file in a folder, in the order of their names."""
    return tuple(load(file) for file in sorted(path.glob("*.sql")))


def by_name(path: Path) -> dict[str, Statement]:
    """Load every ``.sql`` file in a folder, by the names of their statements."""
    return {statement.name: statement for statement in load_folder(path)}


def _with_included(path: Path) -> str:
    """Return the text of a file, with those of the files that it includes in their places."""
    return _INCLUDED.sub(
        lambda found: _with_included(path.parent / found[1]).strip(), path.read_text(encoding="utf-8")
    )


def row_count(status: str) -> int:
    """Return how many rows a command touched, from its status, such as ``INSERT 0 5``."""
    return int(status.rsplit(" ", 1)[-1])


def _listed(value: str) -> tuple[str, ...]:
    """Split what follows a key in the head of a file, which may go on in further lines."""
    return tuple(" ".join(part.split()) for part in value.replace("\n--", " ").split(","))


def _name_and_type(declared: str) -> tuple[str, str]:
    name, _, type_ = declared.partition(" ")
    return name, type_
