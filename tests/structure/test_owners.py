"""Who writes and reads which table: the manifest and every statement agree, both ways."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.structure.sql_access import PACKAGE, access, all_statements

Manifest = dict[str, dict[str, object]]

# Alembic's own, which the package only reads.
NOT_OURS = {"dcs_mirror.alembic_version"}


class Touch(NamedTuple):
    table: str
    package: str
    how: str


def test_every_table_has_one_owner() -> None:
    tables = re.findall(r"^CREATE TABLE (\S+)", (PACKAGE / "schema/tables.sql").read_text(), re.MULTILINE)
    assert sorted(manifest()) == sorted(tables)
    known = {"owner", "writers", "readers", "purged"}
    assert {key for entry in manifest().values() for key in entry} <= known


def test_nobody_touches_a_table_without_being_declared() -> None:
    undeclared = {touch for touch in found() if touch not in declared() and not is_owners(touch)}
    assert undeclared == set()


def test_what_is_declared_happens() -> None:
    owned = {Touch(table, str(entry["owner"]), "writes") for table, entry in manifest().items()}
    assert (declared() | owned) - found() == set()


def is_owners(touch: Touch) -> bool:
    return touch.package == manifest()[touch.table]["owner"]


@cache
def manifest() -> Manifest:
    return tomllib.loads((PACKAGE / "schema/owners.toml").read_text(encoding="utf-8"))


@cache
def declared() -> frozenset[Touch]:
    return frozenset(
        Touch(table, str(package), how)
        for table, entry in manifest().items()
        for how, packages in (
            ("writes", entry.get("writers", [])),
            ("reads", entry.get("readers", [])),
            ("writes", ["purge"] if entry.get("purged") else []),
        )
        for package in packages  # type: ignore[attr-defined] # a list of the manifest
    )


@cache
def found() -> frozenset[Touch]:
    return frozenset(
        Touch(table, package_of(file), how)
        for file, text in all_statements()
        for how, tables in (("reads", access(text).reads), ("writes", access(text).writes))
        for table in tables
        if table.startswith("dcs_mirror.") and table not in NOT_OURS
        if not (how == "reads" and package_of(file) == "purge")
    )


def package_of(file: Path) -> str:
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return "purge" if parts[0] == "reconcile" and "purge" in parts else parts[0]
