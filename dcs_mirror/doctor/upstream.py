"""Checks of the DCS: its credentials, each method that the mirror reads, and the clock."""

from collections.abc import Awaitable
from typing import TypeVar

import anyio

from dcs_mirror.clock import Clock
from dcs_mirror.doctor import assess
from dcs_mirror.doctor.finding import Finding, Level, ok, problem, warning, with_unchecked
from dcs_mirror.errors import (
    CredentialsMissing,
    CredentialsRefused,
    InstitutionEnded,
    InvalidParameter,
    NotFound,
    PutOff,
    RefusedAlone,
    UpstreamError,
)
from dcs_mirror.settings import Settings
from dcs_mirror.upstream.client import DcsClient

CHECKS = ("credentials", "GetInstitutions", "GetCourses", "GetCourseContent", "clock")

PATIENCE = 60
"""Seconds for all calls together: the operator is waiting."""

LONGEST_WAIT = 15
"""Seconds that all waits may take which a gateway asks for; a longer one is a finding, with its reason."""

_PLACEHOLDER_ID = 1
"""An id to ask for if there is no real one: "not found" is an answer, too."""

_CHECK_ADDRESS = "check whether DCS_API_URL is right and this machine may reach it"
_MISSING = "write them into `.env`, or export them; without an account, try `dcs-mirror sandbox`"
_REFUSED = "check DCS_API_USERNAME, DCS_API_PASSWORD and DCS_API_SUBSCRIPTION_KEY before the next sync"

T = TypeVar("T")


async def check(settings: Settings) -> list[Finding]:
    """Call each method of the DCS that reads once; refused credentials end the checks at once (W3)."""
    findings: list[Finding] = []
    because = f"the DCS gave no answer within {PATIENCE} s"
    try:
        with anyio.move_on_after(PATIENCE):
            await _call_methods(settings, findings)
            because = "not checked without an answer of the DCS"
    except CredentialsMissing as error:
        findings.append(problem("credentials", str(error), _MISSING))
        because = "not checked without credentials"
    except CredentialsRefused as error:
        findings.append(problem("credentials", str(error), _REFUSED))
        because = "not checked with refused credentials"
    return with_unchecked(findings, CHECKS, because)


async def _call_methods(settings: Settings, findings: list[Finding]) -> None:
    # The real clock even if DCS_NOW is set: it is compared with upstream's.
    async with DcsClient(settings, Clock()) as client:
        client.be_patient(LONGEST_WAIT, rule="this check waits")
        hei_id, code = _PLACEHOLDER_ID, None
        listed = await _probe("GetInstitutions", client.institutions(), findings)
        if listed is not None and not listed.institutions:
            findings[-1] = warning(
                "GetInstitutions",
                "answers, but lists no institution",
                "ask an administrator of each institution to subscribe the API user in the DCS",
            )
        elif listed is not None:
            hei_id = listed.institutions[0].hei_id
        courses = await _probe("GetCourses", client.courses(hei_id), findings)
        if courses is not None and courses.content is not None and courses.content.courses:
            code = courses.content.courses[0].course_code
        question = client.request(hei_id, _PLACEHOLDER_ID) if code is None else client.content(hei_id, code)
        content = await _probe("GetCourseContent", question, findings)
        if content is not None and code is not None:
            # A firewall may refuse another course, and it would take a whole night to ask for each.
            findings[-1] = ok(
                "GetCourseContent",
                f"answers for {code!r} of institution {hei_id}; other courses were not asked for",
            )
        if any(finding.level is not Level.PROBLEM for finding in findings):
            findings.insert(0, ok("credentials", "accepted"))
        if client.skew is not None:
            findings.append(assess.skew(client.skew))


def _todo(error: UpstreamError) -> str:
    """What to do about a method that does not answer."""
    if isinstance(error, PutOff):
        return (
            "sync when calls are accepted again, or let DCS_MAX_WAIT allow the wait. If it happens often, "
            "lower DCS_RATE, or ask CLA for a larger quota"
        )
    if isinstance(error, RefusedAlone):
        return "ask CLA, or whoever runs the firewall, to let such calls through"
    return _CHECK_ADDRESS


async def _probe(method: str, question: Awaitable[T], findings: list[Finding]) -> T | None:
    """Await one call and add its finding; an error may prove, too, that the method answers.

    Returns:
        The answer; None if it is an error.

    Raises:
        CredentialsRefused: if no further call makes sense.
    """
    try:
        answer = await question
    except CredentialsRefused:
        raise
    except (InstitutionEnded, NotFound, InvalidParameter) as error:
        findings.append(ok(method, f"answers ({error})"))
    except UpstreamError as error:
        findings.append(problem(method, str(error), _todo(error)))
    else:
        findings.append(ok(method, "answers"))
        return answer
    return None
