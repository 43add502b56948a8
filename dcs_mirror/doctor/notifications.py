"""Checks of the file of who is told what, as ``dcs-mirror notify`` judges it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dcs_mirror.database.connections import Connection
from dcs_mirror.doctor.finding import Finding, ok, problem
from dcs_mirror.errors import SettingsError
from dcs_mirror.notify import book, found, telling
from dcs_mirror.notify.book import Recipient
from dcs_mirror.plain_text import counted

CHECK = "notifications"


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told what.

    Attributes:
        recipients: those of the file, if it is valid.
        findings: what is wrong with the file, if anything is.
    """

    recipients: Sequence[Recipient] = ()
    findings: Sequence[Finding] = ()


def read(file: Path | None, *, timeout: float) -> Told:
    """Read the file, if there is one, and make ready to send, without sending."""
    if file is None:
        return Told()
    try:
        recipients = book.load(file)
        telling.channels(recipients, timeout)
    except SettingsError as error:
        return Told(findings=[_problem(error)])
    return Told(recipients)


async def check(connection: Connection, recipients: Sequence[Recipient]) -> Finding:
    """Whether the mirror knows the institutions of the file."""
    try:
        await found.institutions(connection, recipients)
    except SettingsError as error:
        return _problem(error)
    return ok(CHECK, f"{counted(len(recipients), 'recipient')} in the file that DCS_NOTIFY_FILE names")


def _problem(error: SettingsError) -> Finding:
    """The finding of an error that stops ``notify``, whose message says what to do if it is not obvious."""
    return problem(
        CHECK,
        str(error).removesuffix("; nothing was sent"),
        "correct it: until then nobody is told anything; docs/notifications.md",
    )
