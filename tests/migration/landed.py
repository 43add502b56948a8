"""Landed migrations are history: their files are held by digest, and what is to change is a new revision.

`alembic/versions/landed.sha256` names every file of every landed revision with its SHA-256, as `sha256sum`
writes it. `make migrations` says what differs from it, and so do the tests. No Git history is needed, so this
works in a source archive and in a shallow clone.

A revision lands with the change that adds it to the list. Until that change is merged, the revision may still
be edited: take its lines out of the list, and add it again.
"""

import argparse
import asyncio
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from alembic.config import Config

from alembic import command
from dcs_mirror.database.connections import connect
from dcs_mirror.schema import catalogue
from docs.generate_schema import migrated_database

REPOSITORY = Path(__file__).parent.parent.parent
FOLDER = REPOSITORY / "alembic" / "versions"
MANIFEST = "landed.sha256"

ANEW = "write a new revision (make migrations ARGS='--new \"what it does\"')"


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file in the folder of revisions, by name, but for the list itself."""
    files = (file for file in folder.iterdir() if file.is_file() and file.name != MANIFEST)
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(files)}


def landed(folder: Path) -> dict[str, str]:
    """The digests that the list holds, by name."""
    lines = (folder / MANIFEST).read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def broken(folder: Path) -> list[str]:
    """What became of landed files that must not change, with what to do; empty if all is well."""
    found = digests(folder)
    return [
        f"{name} was {'changed' if name in found else 'removed or renamed'}, but it has landed: "
        f"restore it, and {ANEW}"
        for name, digest in landed(folder).items()
        if found.get(name) != digest
    ]


def new(folder: Path) -> list[str]:
    """The names of the files that the list does not hold yet."""
    return sorted(digests(folder).keys() - landed(folder).keys())


def problems(folder: Path = FOLDER) -> list[str]:
    """Everything that keeps the revisions from landing as they are, with what to do about each."""
    return broken(folder) + [
        f"{name} is not in {MANIFEST}: add it when it is ready to land (make migrations ARGS=--add)"
        for name in new(folder)
    ]


def add(folder: Path = FOLDER) -> list[str]:
    """Adds new files to the list; what it holds already stays as it is.

    Raises:
        SystemExit: if a landed file was changed, removed or renamed.
    """
    if found := broken(folder):
        raise SystemExit("\n".join(found))
    added = {name: digests(folder)[name] for name in new(folder)}
    with (folder / MANIFEST).open("a", encoding="utf-8", newline="\n") as manifest:
        manifest.writelines(f"{digest}  {name}\n" for name, digest in added.items())
    return list(added)


def write(message: str, repository: Path = REPOSITORY) -> Path:
    """A new revision from the template, with the next number."""
    config = Config(repository / "alembic.ini", stdout=sys.stderr)
    numbers = [int(file.name[:4]) for file in (repository / "alembic" / "versions").glob("[0-9]*.py")]
    made = command.revision(config, message, rev_id=f"{max(numbers) + 1:04}")
    assert made is not None
    assert not isinstance(made, list)
    return Path(made.path)


async def rendered(url: str) -> str:
    """The text of `catalogue.json` for the migrated database at ``url``."""
    async with connect(url) as connection:
        found = await catalogue.tables(connection)
    return json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line of `make migrations`."""
    parser = argparse.ArgumentParser(
        prog="make migrations", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--add", action="store_true", help="add new files to the list, which is all it changes"
    )
    choice.add_argument("--new", metavar="WORDS", help="write a new revision from the template")
    choice.add_argument(
        "--catalogue", action="store_true", help="write what the revisions make, from a fresh database"
    )
    given = parser.parse_args(arguments)
    if given.new:
        sys.stdout.write(f"{write(given.new)}\n")
    elif given.catalogue:
        with migrated_database() as url:
            catalogue.EXPECTED.write_text(asyncio.run(rendered(url)), encoding="utf-8")
    elif given.add:
        sys.stdout.writelines(f"added {name}\n" for name in add())
    elif found := problems():
        raise SystemExit("\n".join(found))


if __name__ == "__main__":
    main()
