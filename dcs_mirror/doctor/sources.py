"""Checks of the configured sources of student numbers: aXcelerate and a database."""

import anyio

from dcs_mirror.axcelerate import settings as axcelerate_settings
from dcs_mirror.axcelerate.client import AxcelerateClient
from dcs_mirror.axcelerate.settings import AxcelerateSettings
from dcs_mirror.clock import Clock
from dcs_mirror.doctor import assess
from dcs_mirror.doctor.finding import Finding, ok, problem
from dcs_mirror.errors import (
    CredentialsMissing,
    CredentialsRefused,
    DatabaseUnavailable,
    SettingsError,
    UpstreamError,
)
from dcs_mirror.settings import Settings
from dcs_mirror.students import database

AXCELERATE = "aXcelerate"
DATABASE = "students database"

PATIENCE = 60
"""Seconds that one source may take to answer: the operator is waiting."""

_CORRECT_IT = "correct the setting; docs/axcelerate.md lists them all"


async def check_axcelerate() -> list[Finding]:
    """Ask aXcelerate for one enrolment; no finding if no setting names it."""
    try:
        settings = axcelerate_settings.load()
    except SettingsError as error:
        return [problem(AXCELERATE, str(error), _CORRECT_IT)]
    if not any((settings.subdomain, settings.url, settings.api_token, settings.ws_token)):
        return []
    with anyio.move_on_after(PATIENCE):
        return [await _axcelerate(settings)]
    return [_no_answer(AXCELERATE, "AXCELERATE_URL or AXCELERATE_SUBDOMAIN")]


async def _axcelerate(settings: AxcelerateSettings) -> Finding:
    try:
        async with AxcelerateClient(settings, Clock()) as client:
            await client.one_enrolment()
    except (SettingsError, CredentialsMissing) as error:
        return problem(AXCELERATE, str(error), _CORRECT_IT)
    except CredentialsRefused as error:
        todo = "check both tokens, and that their user may see enrolments, before the next push"
        return problem(AXCELERATE, str(error), todo)
    except UpstreamError as error:
        todo = "check whether AXCELERATE_SUBDOMAIN or AXCELERATE_URL is right and this machine may reach it"
        return problem(AXCELERATE, str(error), todo)
    return assess.unencrypted(AXCELERATE, "AXCELERATE_URL", client.base_url) or ok(
        AXCELERATE, "accepts the tokens and answers"
    )


async def check_database(settings: Settings) -> list[Finding]:
    """Connect to the database that holds student numbers; no finding if none is set."""
    if settings.students_database_url is None:
        return []
    with anyio.move_on_after(PATIENCE):
        return [await _database(settings.students_database_url.get_secret_value())]
    return [_no_answer(DATABASE, database.SETTING)]


async def _database(url: str) -> Finding:
    try:
        kind = await database.kind_of(url)
    except SettingsError as error:
        return problem(DATABASE, str(error), "correct the setting; docs/students.md says what it may be")
    except DatabaseUnavailable as error:
        todo = f"check whether {database.SETTING} and the server are right and this machine may reach it"
        return problem(DATABASE, str(error), todo)
    return ok(DATABASE, f"{kind} answers")


def _no_answer(check: str, setting: str) -> Finding:
    return problem(check, f"gave no answer within {PATIENCE} s", f"check whether {setting} is right")
