"""The names that other people's scripts use are there: commands, options, settings, functions, paths.

The views' columns are compared in ``tests/integration/test_reader.py``. Names are only ever added here.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from dcs_mirror import settings
from dcs_mirror.cli import app
from dcs_mirror.web import openapi
from tests.structure.sql_access import PACKAGE

COMMANDS = {
    "migrate": "",
    "sync": "--hei --resume --accept-removals --json",
    "refresh": "HEI --course --request --json",
    "reconcile": "--hei",
    "resolve": "ID --hei --json",
    "targets add": "TABLE COLUMN --hei --hei-column",
    "targets list": "",
    "targets remove": "TABLE COLUMN",
    "flags": "--hei --year --all --csv",
    "flags ack": "FLAG_ID --note",
    "status": "--json",
    "sandbox": "--port --institutions --courses --items --seed --books",
    "demo": "",
    "db url": "",
    "db psql": "",
    "db stop": "",
    "db dump": "FILE",
    "db restore": "FILE",
    "worker": "--once",
    "enqueue sync": "--hei --wait --json",
    "enqueue refresh": "HEI --course --request --wait --json",
    "enqueue reconcile": "--hei --wait --json",
    "jobs": "--json",
    "jobs retry": "ID",
    "jobs drop": "ID",
    "serve": "",
    "accounts add": "NAME --hei --may --proxied --json",
    "accounts list": "",
    "accounts rotate": "NAME --json",
    "accounts remove": "NAME",
    "readers add": "ROLE --hei",
    "readers list": "",
    "readers remove": "ROLE",
    "notify": "--dry-run --since",
    "students plan": "HEI --from --json",
    "students push": "HEI --from --json",
    "students known": "HEI --from --json",
    "requests plan": "HEI --from --json",
    "requests push": "HEI --from --json",
    "links check": "FILE --column --hei --csv --json",
    "restored": "",
    "prune": "--before --dry-run",
    "doctor": "",
    "submit-request": "HEI",
    "submit-course": "HEI CODE",
    "amend-course": "HEI CODE",
    "axcelerate": "",
}
SETTINGS = """
DCS_API_URL DCS_API_USERNAME DCS_API_PASSWORD DCS_API_PASSWORD_FILE DCS_API_SUBSCRIPTION_KEY DCS_DATABASE_URL
DCS_DATA_DIR DCS_CONCURRENCY DCS_RATE DCS_TIMEOUT DCS_RECHECK_DAYS DCS_REMOVAL_GUARD DCS_NOW DCS_SYNC_CRON
DCS_WORKER_JOBS DCS_BIND DCS_METRICS_BIND DCS_TRUSTED_PROXIES DCS_IDENTITY_HEADER DCS_NOTIFY_FILE
"""
PATHS = """
/api/changes /go/{id} /go/{hei}/{id} /metrics /healthz /readyz /openapi.json
/v3/GetInstitutions /v3/GetCourses /v3/GetCourseContent /v3/SubmitRequest /v3/SubmitCourse /v3/AmendCourse
/dcs-course-content-urls/v3/GetInstitutions /dcs-course-content-urls/v3/GetCourseContent
"""
FUNCTIONS = (
    "dcs.current_request_id(request_id bigint, hei_id integer DEFAULT NULL)",
    "dcs.request_refresh(hei_id integer, course_code text DEFAULT NULL, request_id bigint DEFAULT NULL)",
    "dcs.item_as_of(at timestamptz, hei_id integer)",
)


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, set[str]]]:
    """Every command and group below a command, with its options and arguments."""
    yield (
        " ".join(path),
        {
            name
            for each in command.params
            for name in (each.opts if each.param_type_name == "option" else [each.metavar or each.name])
        },
    )
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*path, name))


THERE = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_of_the_contract_is_there_with_its_options(command: str) -> None:
    assert set(COMMANDS[command].split()) <= THERE[command]


def test_each_setting_of_the_contract_is_read() -> None:
    assert set(SETTINGS.split()) <= settings.names(settings.Settings, settings.FILE_SETTINGS)


def test_each_path_of_the_contract_is_described() -> None:
    assert set(PATHS.split()) <= set(openapi.document()["paths"])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_of_the_contract_takes_what_it_says(function: str) -> None:
    files = sorted((PACKAGE / "downstream").glob("*.sql"))
    said = " ".join(word for file in files for word in file.read_text(encoding="utf-8").split())
    said = said.replace("( ", "(").replace(" )", ")")
    assert f"CREATE OR REPLACE FUNCTION {function} " in said
