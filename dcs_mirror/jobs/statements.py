"""The statements of the package, by the names of their files."""

from pathlib import Path

from dcs_mirror.database import sql

STATEMENTS = {statement.name: statement for statement in sql.load_folder(Path(__file__).parent / "sql")}
