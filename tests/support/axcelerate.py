"""An emulated aXcelerate to work against: settings that lead to it, and files for it."""

from collections import Counter
from collections.abc import Iterable

from dcs_mirror.axcelerate import settings
from dcs_mirror.axcelerate.settings import AxcelerateSettings
from dcs_mirror.sandbox import RunningSandbox, StudentRecords

HEADING = "contact_id,class_id,unit_id,competent,start_date,end_date"


def settings_for(sandbox: RunningSandbox, **others: object) -> AxcelerateSettings:
    """Settings that lead to the sandbox's aXcelerate, as fast as it can."""
    values: dict[str, object] = {
        "url": sandbox.axcelerate_url,
        "api_token": "sandbox",
        "ws_token": "sandbox",
        "rate": 0,
        "concurrency": 8,
    }
    return settings.load(**values | others)


def file_of(records: StudentRecords, *, more: Iterable[str] = (), set_to: str = "20,2026-03-01,") -> bytes:
    """A file that sets every unit enrolment, its first row being row 2; ``more`` rows come last."""
    rows = [f"{e.contact.id},{e.taught.id},{held.unit.id},{set_to}" for e, held in records.unit_enrolments()]
    return "\n".join([HEADING, *rows, *more, ""]).encode()


def updates(records: StudentRecords) -> Counter[int]:
    """How many unit enrolments were set how often."""
    return Counter(held.updates for _, held in records.unit_enrolments())
