"""The use case: every check in its order; what an earlier problem keeps from being made is told, too."""

from dcs_mirror import settings as configuration
from dcs_mirror.doctor import judging, store, upstream
from dcs_mirror.doctor.finding import Finding, problem, with_unchecked
from dcs_mirror.errors import SettingsError


async def examine() -> list[Finding]:
    """Looks at the settings, the DCS, the database and the mirror in it, and changes nothing.

    The DCS is asked three questions. An embedded server that was set up is started, as every command
    does; one that was not is left alone. The session on the database is read-only.
    """
    try:
        settings = configuration.load()
    except SettingsError as error:
        found = [problem("settings", str(error), "mend the setting; docs/operating.md lists them all")]
        return with_unchecked(found, upstream.CHECKS + store.CHECKS, "not without the settings")
    return [
        *judging.settings(settings),
        *await upstream.check(settings),
        *await store.check(settings),
    ]
