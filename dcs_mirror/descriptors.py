"""File descriptors: this process gets as many as it needs, or says how many these are."""

import sys

from dcs_mirror.errors import SettingsError

if sys.platform != "win32":
    import resource

RESERVED = 40
"""What a command needs besides calls in flight: its streams, files, event loop and database connections."""


def require(in_flight: int = 0) -> None:
    """Raise this process's limit of open files as far as is needed and allowed.

    Args:
        in_flight: how many calls are sent at once; each has a connection.

    Raises:
        SettingsError: if the limit is too low and may not be raised; nothing was done.
    """
    if sys.platform == "win32":
        return
    needed = RESERVED + in_flight
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard == resource.RLIM_INFINITY or hard >= needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    elif hard > RESERVED:
        raise SettingsError(
            f"this process may open only {hard} files, too few for {in_flight} calls at once. "
            f"Set DCS_CONCURRENCY to {hard - RESERVED} or less, or raise the limit (ulimit -n {needed})"
        )
    else:
        raise SettingsError(
            f"this process may open only {hard} files: raise the limit to {needed} or more "
            f"(ulimit -n {needed})"
        )
