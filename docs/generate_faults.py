"""Writes the tables of docs/faults.md from what every fault does to a sync; `make docs` runs it."""

import asyncio

import structlog

from docs.generate_schema import migrated_database
from tests.support.fault_table import METHODS, PAGE, tables, with_table


def main() -> None:
    """Plays every fault on every method, each method on a fresh mirror, and puts the tables into the page."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    for method in METHODS:
        with migrated_database() as url:
            made = asyncio.run(tables(url, method))
        page = PAGE.read_text(encoding="utf-8")
        for name, table in made.items():
            page = with_table(page, name, table)
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
