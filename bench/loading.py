"""One night of a peer: ``python -m bench.loading dlt|singer URL`` prints the seconds that it took.

It loads into DCS_DATABASE_URL.

Each is set up as its documentation advises, with keys, so that a second night updates what the first loaded.
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
    """dlt's REST source into its PostgreSQL destination; seconds without the loading of its modules."""
    os.environ |= {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "EXTRACT__WORKERS": str(IN_FLIGHT),
        "EXTRACT__MAX_PARALLEL_ITEMS": str(IN_FLIGHT),
    }
    import dlt  # noqa: PLC0415 - it reads its settings when it is loaded, and only this peer needs it
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
    """A tap and target-postgres with a pipe between them; seconds from their start to their end."""
    with tempfile.TemporaryDirectory(prefix="dcs-bench-singer-") as folder:
        tap, target = Path(folder, "tap.json"), Path(folder, "target.json")
        tap.write_text(json.dumps({"url": url}), encoding="utf-8")
        address = database.replace("postgresql://", "postgresql+psycopg://", 1)
        settings = {"sqlalchemy_url": address, "default_target_schema": "peer"}
        target.write_text(json.dumps(settings), encoding="utf-8")
        began = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", "bench.tap", "--config", str(tap)], stdout=subprocess.PIPE
        ) as tapping:
            load = [str(Path(sys.executable).with_name("target-postgres")), "--config", str(target)]
            subprocess.run(load, stdin=tapping.stdout, stdout=subprocess.DEVNULL, check=True)
        if tapping.returncode:
            sys.exit("the tap failed")
        return time.perf_counter() - began


def _with_host(database: str) -> str:
    """The same address with its host before the database: dlt looks nowhere else, and wants a password."""
    parts = urlsplit(database)
    query = parse_qs(parts.query)
    if parts.hostname or "host" not in query:
        return database
    host = query["host"][0].replace("/", "%2F")
    return f"postgresql://{parts.username}:none@{host}:{query['port'][0]}{parts.path}"


PEERS: dict[str, Callable[[str, str], float]] = {"dlt": dlt, "singer": singer}

if __name__ == "__main__":
    sys.stdout.write(f"{PEERS[sys.argv[1]](sys.argv[2], os.environ['DCS_DATABASE_URL'])}\n")
