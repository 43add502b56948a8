"""The user that the embedded server runs as, and what that user may enter."""

import os
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from dcs_mirror.errors import DatabaseUnavailable

if sys.platform != "win32":
    import pwd

log = structlog.get_logger()


class EmbeddedServerFailed(DatabaseUnavailable):
    """The embedded server or one of its programs failed; the message ends with the end of its output."""


@dataclass(frozen=True, slots=True)
class Account:
    """The operating system's user that the server runs as."""

    uid: int
    gid: int

    def own(self, descriptor: int) -> None:
        """Make this user the owner of an open file or folder. Does nothing unless this process is root."""
        if os.geteuid() == 0:
            os.fchown(descriptor, self.uid, self.gid)


def choose(cluster: Path, data_dir: Path) -> Account:
    """Return the user that the server runs as.

    It is this process's user, unless that is root: PostgreSQL refuses to run as root. Then it is the first of
    these that exists and is not root: the owner of the cluster, the owner of the data folder, ``postgres``,
    ``nobody``.

    Raises:
        EmbeddedServerFailed: if there is no such user.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    for owned in (cluster, data_dir):
        with suppress(FileNotFoundError, KeyError):
            if uid := owned.stat().st_uid:
                return Account(uid, pwd.getpwuid(uid).pw_gid)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return Account(pwd.getpwnam(name).pw_uid, pwd.getpwnam(name).pw_gid)
    raise EmbeddedServerFailed(
        "PostgreSQL refuses to run as root, and this machine has neither a user postgres nor a user nobody: "
        "run as another user, or set DCS_DATABASE_URL"
    )


def make_own(folder: Path, account: Account) -> None:
    """Make a folder private to the server's user (mode 0700).

    Raises:
        EmbeddedServerFailed: if it is a link, no folder, or belongs to any other user.
    """
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
        "there: find out who created it, and remove it"
    )


def let_in(account: Account, folder: Path, install: Path | None = None) -> None:
    """Let the server's user pass to a folder and read the binaries; a warning names what was changed.

    Args:
        account: the server's user.
        folder: the folder that this user must be able to reach.
        install: the folder of the wheel's package that holds PostgreSQL's ``bin``, ``lib`` and ``share``; a
            private umask may have left them unreadable.
    """
    changed = [path for path in (folder, *folder.parents) if _grant(path, 0o1, account)]
    if install:
        package = install.parent
        changed += [path for path in (install, *install.parents) if _grant(path, 0o1, account)]
        # The wheel puts shared libraries beside the package on Linux, into it on macOS.
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
    """Let a user read a folder with all it holds, and run its programs; return whether anything changed."""
    granted = False
    for path in (tree, *tree.rglob("*")):
        bits = 0o5 if path.stat().st_mode & stat.S_IXUSR else 0o4
        granted |= _grant(path, bits, account)
    return granted


def _grant(path: Path, bits: int, account: Account) -> bool:
    """Add permission bits (r 4, w 2, x 1) in the class that applies to a user; return whether any lacked."""
    found = path.stat()
    shift = 6 if found.st_uid == account.uid else 3 if found.st_gid == account.gid else 0
    wanted = found.st_mode | bits << shift
    if wanted == found.st_mode:
        return False
    path.chmod(stat.S_IMODE(wanted))
    return True
