"""The use case: every check in its order; what an earlier problem keeps from being made is told, too."""

from dcs_mirror import settings as configuration
from dcs_mirror.doctor import assess, database, sources, upstream
from dcs_mirror.doctor.finding import Finding, problem, with_unchecked
from dcs_mirror.errors import SettingsError


async def examine() -> list[Finding]:
    """Looks at the settings, the DCS, the database and the mirror in it, and changes nothing.

    The DCS is asked three questions, and one of each source of student numbers that is set. An embedded
    server that was set up is started, as every command does; one that was not is left alone. The sessions
    on databases are read-only.
    """
    try:
        settings = configuration.load()
    except SettingsError as error:
        found = [problem("settings", str(error), "mend the setting; docs/operating.md lists them all")]
        found = with_unchecked(found, upstream.CHECKS + database.CHECKS, "not without the settings")
        return [*found, *await sources.check_axcelerate()]
    return [
        *assess.settings(settings),
        *await upstream.check(settings),
        *await database.check(settings),
        *await sources.check_axcelerate(),
        *await sources.check_database(settings),
    ]
