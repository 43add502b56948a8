"""Runs of the mirror against a sandbox, in process."""

from datetime import datetime

from dcs_mirror.reconcile.outcome import InstitutionOutcome
from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.settings import Settings
from dcs_mirror.sync import mirror
from dcs_mirror.sync.report import Report
from tests.support.faulty import FaultySandbox


class NoProgress:
    """A progress display that shows nothing and keeps the outcomes."""

    def __init__(self) -> None:
        self.outcomes: list[InstitutionOutcome] = []

    def began(self, institutions: int) -> None:
        """Nothing to show."""

    def opened(self, hei_id: int, courses: int) -> None:
        """Nothing to show."""

    def answered(self) -> None:
        """Nothing to show."""

    def landed(self, outcome: InstitutionOutcome) -> None:
        self.outcomes.append(outcome)


def settings_for(sandbox: RunningSandbox | FaultySandbox, **settings: object) -> Settings:
    """Settings that lead to the sandbox."""
    credentials = {"api_username": "sandbox", "api_password": "open-sesame"}
    return Settings.model_validate({"api_url": sandbox.base_url} | credentials | settings)


async def sync(
    sandbox: RunningSandbox | FaultySandbox,
    database: str,
    *hei_ids: int,
    now: datetime | None = None,
    accept_removals: bool = False,
    resume: bool = False,
    **settings: object,
) -> Report:
    """One sync of the sandbox's world into ``database``."""
    async with mirror.open_mirror(settings_for(sandbox, now=now, **settings), database) as opened:
        return await opened.sync(
            NoProgress(), hei_ids=hei_ids, accept_removals=accept_removals, resume=resume
        )


async def refresh(
    sandbox: RunningSandbox | FaultySandbox,
    database: str,
    hei_id: int,
    *,
    course: str | None = None,
    request_id: int | None = None,
) -> Report:
    """One refresh from the sandbox's world into ``database``."""
    async with mirror.open_mirror(settings_for(sandbox), database) as opened:
        return await opened.refresh(hei_id, NoProgress(), course=course, request_id=request_id)
