"""All checks in their order; a check that an earlier problem prevents is reported as unchecked."""

from dcs_mirror import descriptors
from dcs_mirror import settings as configuration
from dcs_mirror.doctor import assess, database, sources, upstream
from dcs_mirror.doctor.finding import Finding, problem, with_unchecked
from dcs_mirror.errors import SettingsError
from dcs_mirror.upstream import surroundings


async def examine() -> list[Finding]:
    """Check the settings, the DCS, the database and the mirror in it; change nothing.

    Sends three calls to the DCS and one to each configured source of student numbers. Starts an embedded
    server that was set up before, as every command does, but sets none up. Sessions on databases are
    read-only.

    Returns:
        At least one finding for each check, in order.
    """
    try:
        settings = configuration.load()
        descriptors.require(settings.concurrency)
        proxy = surroundings.proxy_for(settings.api_url)
        surroundings.trusted()
    except SettingsError as error:
        found = [problem("settings", str(error), "correct the setting; docs/operating.md lists them all")]
        found = with_unchecked(found, upstream.CHECKS + database.CHECKS, "not checked without valid settings")
        return [*found, *await sources.check_axcelerate()]
    return [
        *assess.settings(settings),
        *assess.way(proxy, surroundings.authorities()),
        *await upstream.check(settings),
        *await database.check(settings),
        *await sources.check_axcelerate(),
        *await sources.check_database(settings),
    ]
