"""The statements of the package, by the names of their files."""

from pathlib import Path

from dcs_mirror.database import sql

STATEMENTS = sql.by_name(Path(__file__).parent / "sql")
