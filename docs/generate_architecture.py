"""Fills the marked tables of docs/architecture.md: layers, locks, owners; `make docs` runs it."""

import ast
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from dcs_mirror.database.locks import LOCKS

DOCS = Path(__file__).parent
PACKAGE = DOCS.parent / "dcs_mirror"
PAGE = DOCS / "architecture.md"

_PLACE = re.compile(r"<!-- (layers|locks|owners) -->\n.*?<!-- end -->", re.DOTALL)


def page() -> str:
    """Return the page with its tables filled."""
    tables = {"layers": _layers(), "locks": _locks(), "owners": _owners()}
    return _PLACE.sub(
        lambda place: f"<!-- {place[1]} -->\n\n{tables[place[1]]}\n\n<!-- end -->",
        PAGE.read_text(encoding="utf-8"),
    )


def layers() -> list[list[str]]:
    """Return the layers of ``pyproject.toml`` from the top, each with its packages and modules."""
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    declared = next(contract["layers"] for contract in contracts if contract["id"] == "layers")
    return [[name.strip() for name in re.split("[|:]", layer)] for layer in declared]


def _layers() -> str:
    rows = []
    for number, layer in enumerate(layers(), 1):
        for name in layer:
            folder = (PACKAGE / name).is_dir()
            path = f"{name}/" if folder else f"{name}.py"
            rows.append((str(number), f"[{path}](../dcs_mirror/{path.removesuffix('/')})", _purpose(name)))
    return _table(("layer", "package or module", "what it is for"), rows)


def _purpose(name: str) -> str:
    """Return the first paragraph of a package's or module's docstring."""
    folder = PACKAGE / name
    file = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split()).replace("``", "`")


def _locks() -> str:
    rows = [
        (
            f"`{lock.name}`",
            f"one for each {lock.of}" if lock.of else "the only one",
            f"`{lock.table}`",
            lock.held,
            "yes" if lock.waits else "no",
            lock.protects,
        )
        for lock in LOCKS
    ]
    return _table(
        ("lock", "how many", "kept in", "held until the end of the", "others wait", "what it protects"), rows
    )


def _owners() -> str:
    owners = tomllib.loads((PACKAGE / "schema/owners.toml").read_text(encoding="utf-8"))
    rows = [
        (
            f"`{table}`",
            _packages([entry["owner"]]),
            _packages(entry.get("writers", [])),
            _packages(entry.get("readers", [])),
            "yes" if entry.get("purged") else "",
        )
        for table, entry in owners.items()
    ]
    return _table(("table", "owner", "also written by", "also read by", "`purge` deletes from it"), rows)


def _packages(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(names)} |", f"| {' | '.join('---' for _ in names)} |"]
    return "\n".join((*lines, *(f"| {' | '.join(row)} |" for row in rows)))


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
