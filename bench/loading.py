"""One night of another tool: ``python -m bench.loading dlt|singer URL`` loads and prints the seconds.

It loads into DCS_DATABASE_URL. Each tool is set up as its documentation advises, with primary keys, so that a
second night updates what the first loaded.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from bench.world import IN_FLIGHT


def dlt(url: str, database: str) -> float:
    """Load with dlt's REST source and PostgreSQL destination; seconds without the import of its modules."""
    os.environ |= {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "EXTRACT__WORKERS": str(IN_FLIGHT),
        "EXTRACT__MAX_PARALLEL_ITEMS": str(IN_FLIGHT),
    }
    import dlt  # noqa: PLC0415 - it reads its settings on import, and only this tool needs it
    from dlt.sources.rest_api import rest_api_source  # noqa: PLC0415

    source = rest_api_source(
        {
            "client": {"base_url": f"{url}/", "paginator": "single_page"},
            "resource_defaults": {"primary_key": "id", "write_disposition": "merge", "parallelized": True},
            "resources": [
                {
                    "name": "institutions",
                    "endpoint": {"path": "GetInstitutions", "data_selector": "institutions"},
                },
                {
                    "name": "courses",
                    "endpoint": {
                        "path": "GetCourses",
                        "params": {"hei": "{resources.institutions.id}"},
                        "data_selector": "courses",
                    },
                    "include_from_parent": ["id"],
                },
                {
                    "name": "content_items",
                    "primary_key": "request-id",
                    "endpoint": {
                        "path": "GetCourseContent",
                        "params": {
                            "hei": "{resources.courses._institutions_id}",
                            "code": "{resources.courses.course-code}",
                        },
                        "data_selector": "content-items",
                    },
                },
            ],
        }
    )
    with tempfile.TemporaryDirectory(prefix="dcs-bench-dlt-") as folder:
        pipeline = dlt.pipeline(
            "bench",
            pipelines_dir=folder,
            destination=dlt.destinations.postgres(credentials=_with_host(database)),
            dataset_name="peer",
        )
        began = time.perf_counter()
        pipeline.run(source)
        return time.perf_counter() - began


def singer(url: str, database: str) -> float:
    """Load with a Singer tap piped into target-postgres; seconds from their start to their end."""
    with tempfile.TemporaryDirectory(prefix="dcs-bench-singer-") as folder:
        tap, target = Path(folder, "tap.json"), Path(folder, "target.json")
        tap.write_text(json.dumps({"url": url}), encoding="utf-8")
        address = database.replace("postgresql://", "postgresql+psycopg://", 1)
        settings = {"sqlalchemy_url": address, "default_target_schema": "peer"}
        target.write_text(json.dumps(settings), encoding="utf-8")
        began = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", "bench.tap", "--config", str(tap)], stdout=subprocess.PIPE
        ) as tap_process:
            load = [str(Path(sys.executable).with_name("target-postgres")), "--config", str(target)]
            subprocess.run(load, stdin=tap_process.stdout, stdout=subprocess.DEVNULL, check=True)
        if tap_process.returncode:
            sys.exit("the tap failed")
        return time.perf_counter() - began


def _with_host(database: str) -> str:
    """The address with its host in the usual place and a password, both of which dlt requires."""
    parts = urlsplit(database)
    query = parse_qs(parts.query)
    if parts.hostname or "host" not in query:
        return database
    host = query["host"][0].replace("/", "%2F")
    return f"postgresql://{parts.username}:none@{host}:{query['port'][0]}{parts.path}"


PEERS: dict[str, Callable[[str, str], float]] = {"dlt": dlt, "singer": singer}

if __name__ == "__main__":
    sys.stdout.write(f"{PEERS[sys.argv[1]](sys.argv[2], os.environ['DCS_DATABASE_URL'])}\n")
