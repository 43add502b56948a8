"""Whom the embedded server runs as, and what that user may enter."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

import structlog

from dcs_mirror.errors import DatabaseUnavailable

log = structlog.get_logger()


class EmbeddedServerFailed(DatabaseUnavailable):
    """The embedded server did not do what it was told; the message ends with its last words."""


@dataclass(frozen=True, slots=True)
class Account:
    """The operating system's user that the server runs as."""

    uid: int
    gid: int

    def own(self, descriptor: int) -> None:
        """Gives an open file or folder to this user; needed, and possible, only as root."""
        if os.geteuid() == 0:
            os.fchown(descriptor, self.uid, self.gid)


def make_own(folder: Path, account: Account) -> None:
    """Makes a folder the server's alone, refusing one that somebody else put in its place."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise _not_ours(folder) from error
    try:
        if os.fstat(descriptor).st_uid not in (account.uid, os.geteuid()):
            raise _not_ours(folder)
        account.own(descriptor)
        os.fchmod(descriptor, 0o700)
    finally:
        os.close(descriptor)


def _not_ours(folder: Path) -> EmbeddedServerFailed:
    return EmbeddedServerFailed(
        f"{folder} is not a folder of the embedded server's user, so somebody else could listen "
        "there: look who made it, and remove it"
    )


def let_in(account: Account, folder: Path, install: Path | None = None) -> None:
    """Lets the server's user pass to a folder and read the binaries; a warning names what changed.

    Args:
        account: the server's user.
        folder: where that user must get to.
        install: what holds PostgreSQL's ``bin``, ``lib`` and ``share`` in the wheel's package; a
            private umask may have left them unreadable.
    """
    changed = [path for path in (folder, *folder.parents) if _grant(path, 0o1, account)]
    if install:
        package = install.parent
        changed += [path for path in (install, *install.parents) if _grant(path, 0o1, account)]
        # Shared libraries were put beside the package on Linux, into it on macOS.
        libraries = (package.with_name(f"{package.name}.libs"), package / ".dylibs")
        for tree in (install / "bin", install / "lib", install / "share", *libraries):
            if tree.exists() and _grant_reading(tree, account):
                changed.append(tree)
    if changed:
        log.warning(
            "opened folders to the user of the embedded server",
            uid=account.uid,
            folders=[str(path) for path in changed],
        )


def _grant_reading(tree: Path, account: Account) -> bool:
    """Lets a user read a folder and all in it, and run its programs; True if anything changed."""
    granted = False
    for path in (tree, *tree.rglob("*")):
        bits = 0o5 if path.stat().st_mode & stat.S_IXUSR else 0o4
        granted |= _grant(path, bits, account)
    return granted


def _grant(path: Path, bits: int, account: Account) -> bool:
    """Adds permission bits (r 4, w 2, x 1) of the class that counts for a user; True if any lacked."""
    found = path.stat()
    shift = 6 if found.st_uid == account.uid else 3 if found.st_gid == account.gid else 0
    wanted = found.st_mode | bits << shift
    if wanted == found.st_mode:
        return False
    path.chmod(stat.S_IMODE(wanted))
    return True
