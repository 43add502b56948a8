"""docs/schema.md says what the database says."""

import asyncio
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


async def test_the_schema_page_is_what_make_docs_would_write(database: str) -> None:
    script = REPOSITORY / "docs" / "generate_schema.py"
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(script), database, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0
    written = (REPOSITORY / "docs" / "schema.md").read_text(encoding="utf-8")
    assert printed.decode() == written, "docs/schema.md is out of date: run `make docs`"
