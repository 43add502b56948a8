"""SQL files as statements with named parameters.

A file holds one statement and names its parameters as psql does (``:hei_id``), so that it can be read,
tried in psql with ``\\set``, and run by the driver, which knows only ``$1``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TYPES = {
    "hei_id": "integer",
    "run_id": "bigint",
    "observed_at": "timestamptz",
    "name": "text",
    "whole": "boolean",
    "list_digest": "bytea",
    "list_kept": "boolean",
    "list_order": "bigint",
    "list_is_stale": "boolean",
    "list_complete": "boolean",
    "academic_year": "text",
    "year_advanced": "boolean",
    "last_read_at": "timestamptz",
    "started_at": "timestamptz",
    "newest_reading_order": "bigint",
    "stored_year": "text",
    "recheck_days": "integer",
    "after_status_change": "bigint",
    "target_id": "bigint",
    "rewritten": "bigint",
    "outcome": "text",
    "courses": "integer",
    "content_items": "integer",
    "live_items": "bigint",
    "added": "integer",
    "changed": "integer",
    "removed": "integer",
    "renumbered": "integer",
    "flagged": "integer",
    "quarantined": "integer",
    "error": "text",
    "recorded_at": "timestamptz",
    "reading_started_at": "timestamptz",
    "call_id": "bigint",
    "instead_of": "bigint",
    "method": "text",
    "parameters": "jsonb",
    "given": "text[]",
    "state": "text",
    "settlement": "text",
    "request_id": "bigint",
    "course_id": "bigint",
    "course_code": "text",
    "students": "integer",
    "sent_at": "timestamptz",
    "ended_at": "timestamptz",
    "only_unsettled": "boolean",
    "reading_order": "bigint",
    "system": "text",
    "file_digest": "bytea",
    "row_number": "integer",
    "row_numbers": "integer[]",
    "contact_ids": "bigint[]",
    "class_ids": "bigint[]",
    "unit_ids": "bigint[]",
    "outcome_codes": "integer[]",
    "start_dates": "date[]",
    "end_dates": "date[]",
    "answered_at": "timestamptz",
}
"""The type of every parameter: one name means one thing in all files."""

# What stands in quotes is kept as it is; a colon after another one, or after a word, begins no parameter.
_TOKEN = re.compile(
    r"""(?P<quoted>'[^']*'|"[^"]*")|(?P<comment>--[^\n]*|/\*.*?\*/)|(?<![:\w]):(?P<name>[a-z_]+)\b""",
    re.DOTALL,
)

_PLACEHOLDER = re.compile(r"\$(\d+)::")


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement with ``$n`` placeholders of known types, and the parameters' names in their order."""

    name: str
    text: str
    parameters: tuple[str, ...]

    def arguments(self, values: Mapping[str, object]) -> list[object]:
        """The values of the statement's own parameters, in order; further ``values`` are left out."""
        return [values[name] for name in self.parameters]

    def bind(self, values: Mapping[str, object]) -> tuple[str, *tuple[object, ...]]:
        """The text and its arguments, as the driver's methods take them."""
        return (self.text, *self.arguments(values))

    def numbered(self, order: Sequence[str]) -> str:
        """The text for parameters that come in ``order``, which names the statement's own and others."""
        places = {name: order.index(name) + 1 for name in self.parameters}
        return _PLACEHOLDER.sub(lambda found: f"${places[self.parameters[int(found[1]) - 1]]}::", self.text)


@cache
def load(path: Path) -> Statement:
    """The statement that stands in the file ``path``.

    Raises:
        KeyError: where it names a parameter that ``TYPES`` does not hold.
    """
    names: list[str] = []

    def plain(found: re.Match[str]) -> str:
        name = found["name"]
        if name is None:
            return found["quoted"] or " "
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}::{TYPES[name]}"

    text = _TOKEN.sub(plain, path.read_text(encoding="utf-8"))
    return Statement(path.stem, text.strip(), tuple(names))


@cache
def load_folder(path: Path) -> tuple[Statement, ...]:
    """The statements of every ``.sql`` file in a folder, in the order of their names."""
    return tuple(load(file) for file in sorted(path.glob("*.sql")))


def row_count(status: str) -> int:
    """How many rows a command touched, from its status, such as ``INSERT 0 5``."""
    return int(status.rsplit(" ", 1)[-1])
