"""Write the columns of a content item into the SQL that lists them: ``make columns``.

The one declaration is :class:`dcs_mirror.records.ContentItem`. Each place that lists its columns is marked:
``-- item columns: FORM`` begins it, ``-- end of item columns`` ends it.
"""

import re
import textwrap
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from dcs_mirror.records import ITEM_FIELDS, ITEM_TYPES

PACKAGE = Path(__file__).parent.parent / "dcs_mirror"
FILES = tuple(
    PACKAGE / name
    for name in (
        "schema/tables.sql",
        "reconcile/staging.sql",
        "reconcile/sql/write/update_items.sql",
        "reconcile/sql/write/insert_items.sql",
        "downstream/views.sql",
        "downstream/functions.sql",
    )
)
_BLOCK = re.compile(r"^( *)-- item columns: (.+)\n(?:.*\n)*?( *)-- end of item columns$", re.MULTILINE)
_SQL_TYPES: Mapping[object, str] = {
    str | None: "text",
    int | None: "integer",
    float | None: "double precision",
    bool | None: "boolean",
    datetime | None: "timestamptz",
}
_COLUMNS = (*ITEM_FIELDS, "extra")
_EXTRA = (
    "Fields of the DCS that have no column here, and values that could not be read into their column, "
    "under the DCS's keys."
)


def _type(column: str) -> str:
    reader = ITEM_FIELDS[column].reader
    if reader in {"id", "previous id"}:
        return "bigint NOT NULL" if reader == "id" else "bigint"
    return _SQL_TYPES[ITEM_TYPES[column]]


def _definitions(extra: str) -> str:
    rows = {column: _type(column) for column in ITEM_FIELDS} | {"extra": extra}
    return "\n".join(f"{column:<17} {type_}," for column, type_ in rows.items())


def _listed(pattern: str) -> str:
    """Return every column in ``pattern``, wrapped; each is followed by a comma."""
    return _wrapped([pattern.format(column) for column in _COLUMNS]) + ","


def _wrapped(items: list[str]) -> str:
    return textwrap.fill(", ".join(items), 96, break_long_words=False, break_on_hyphens=False)


def _comments() -> str:
    texts = {column: field.comment for column, field in ITEM_FIELDS.items()} | {"extra": _EXTRA}
    return "\n".join(
        f"COMMENT ON COLUMN dcs.content_item.{column} IS '{text.replace(chr(39), chr(39) * 2)}';"
        for column, text in texts.items()
    )


def _late(*, late: bool) -> list[str]:
    return [f"c.{column}" for column, field in ITEM_FIELDS.items() if field.is_late is late]


FORMS: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "definitions": lambda: _definitions("jsonb NOT NULL DEFAULT '{}'"),
        "staged definitions": lambda: _definitions("jsonb"),
        "names": lambda: _listed("{}"),
        "assigned": lambda: _listed("{0} = s.{0}"),
        "stored": lambda: _listed("b.{}"),
        "staged": lambda: _listed("s.{}"),
        "differences": lambda: "\n".join(
            f"dcs_mirror.difference('{column}', b.{column}, i.{column})," for column in _COLUMNS
        ),
        "view": lambda: _wrapped([*_late(late=False), "c.extra"]) + ",",
        "late view": lambda: "\n".join(f", {column}" for column in _late(late=True)),
        "comments": _comments,
    }
)
"""How the columns are written, by the word behind the mark."""


def generated(text: str) -> str:
    """Return ``text`` with every marked place written anew.

    Raises:
        KeyError: if a mark names a form that does not exist.
    """

    def block(found: re.Match[str]) -> str:
        indent, form = found[1], found[2]
        lines = textwrap.indent(FORMS[form](), indent)
        body = f"{lines}\n" if lines else ""
        return f"{indent}-- item columns: {form}\n{body}{found[3]}-- end of item columns"

    return _BLOCK.sub(block, text)


def main() -> None:
    """Write the marked places of all files."""
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        file.write_text(generated(text), encoding="utf-8")


if __name__ == "__main__":
    main()
