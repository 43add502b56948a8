"""Checks of the file of who is told what, as ``dcs-mirror notify`` judges it."""

from collections.abc import Sequence
from dataclasses import dataclass

from dcs_mirror.database.connections import Connection
from dcs_mirror.doctor.finding import Finding, ok, problem
from dcs_mirror.errors import SettingsError
from dcs_mirror.notify import book, found, telling
from dcs_mirror.notify.book import Recipient
from dcs_mirror.plain_text import counted
from dcs_mirror.settings import Settings

CHECK = "notifications"


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told what.

    Attributes:
        recipients: those of the file, if it is valid.
        findings: what is wrong with the file, if anything is.
        public_url: where messages link to; None if nowhere.
    """

    recipients: Sequence[Recipient] = ()
    findings: Sequence[Finding] = ()
    public_url: str | None = None


def read(settings: Settings) -> Told:
    """Read the file, if there is one, and make ready to send, without sending."""
    file = settings.notify_file
    if file is None:
        return Told()
    try:
        recipients = book.load(file)
        telling.channels(recipients, settings.timeout)
    except SettingsError as error:
        return Told(findings=[_problem(error)])
    return Told(recipients, public_url=settings.public_url)


async def check(connection: Connection, told: Told) -> Finding:
    """Whether the mirror knows the institutions of the file, and where messages link to."""
    try:
        await found.institutions(connection, told.recipients)
    except SettingsError as error:
        return _problem(error)
    links = f"link to {told.public_url}" if told.public_url else "have no links (DCS_PUBLIC_URL is not set)"
    named = f"{counted(len(told.recipients), 'recipient')} in the file that DCS_NOTIFY_FILE names"
    return ok(CHECK, f"{named}; messages {links}")


def _problem(error: SettingsError) -> Finding:
    """The finding of an error that stops ``notify``, whose message says what to do if it is not obvious."""
    return problem(
        CHECK,
        str(error).removesuffix("; nothing was sent"),
        "correct it: until then nobody is told anything; docs/notifications.md",
    )
