"""The user that the embedded server runs as, and what that user may enter."""

import os
import stat
import sys
from collections.abc import Collection
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
        with suppress(FileNotFoundError):
            if uid := owned.stat().st_uid:
                return Account(uid, _group_of(uid, owned))
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return Account(pwd.getpwnam(name).pw_uid, pwd.getpwnam(name).pw_gid)
    raise EmbeddedServerFailed(
        "PostgreSQL refuses to run as root, and this machine has neither a user postgres nor a user nobody. "
        "Run dcs-mirror as another user, or set DCS_DATABASE_URL"
    )


def _group_of(uid: int, owned: Path) -> int:
    """Return a user's group; that of a file of the user's if the user has no entry."""
    with suppress(KeyError):
        return pwd.getpwuid(uid).pw_gid
    return owned.stat().st_gid


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
        f"{folder} does not belong to the embedded server's user, so somebody else could listen "
        "there. Find out who created it, and remove it"
    )


def make_folders(folder: Path) -> list[Path]:
    """Make a folder with its parents; return those that were made. All users may pass the parents."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def let_in(account: Account, folder: Path, made: Collection[Path], install: Path) -> None:
    """Let the server's user pass to a folder and read the binaries; a warning names what was changed.

    Args:
        account: the server's user.
        folder: the data folder, which this user must be able to reach.
        made: the folders above it that this program made.
        install: the folder of the wheel's package that holds PostgreSQL's ``bin``, ``lib`` and ``share``; a
            private umask may have left them unreadable.

    Raises:
        EmbeddedServerFailed: if a folder that is not the mirror's own is in the way; nothing was changed.
    """
    package = install.parent
    own = {folder, *made, install, package}
    user = _name(account.uid)
    if closed := [path for path in blocked(account, folder) if path not in own]:
        raise EmbeddedServerFailed(
            f"run by root, the embedded server runs as {user}, who cannot pass through {closed[-1]}. Set "
            "DCS_DATA_DIR to a folder that this user can reach, such as /var/lib/dcs-mirror. Or run "
            "dcs-mirror as another user, or set DCS_DATABASE_URL"
        )
    if closed := [path for path in blocked(account, install) if path not in own]:
        raise EmbeddedServerFailed(
            f"run by root, the embedded server runs as {user}, who cannot pass through {closed[-1]} to its "
            "programs. Install dcs-mirror where this user can read it, such as /opt/dcs-mirror. Or run "
            "dcs-mirror as another user, or set DCS_DATABASE_URL"
        )
    changed = [
        path for path in (folder, *folder.parents, install, package) if _grant(path, 0o1, account, own)
    ]
    # The wheel puts shared libraries beside the package on Linux, into it on macOS.
    libraries = (package.with_name(f"{package.name}.libs"), package / ".dylibs")
    trees = (install / "bin", install / "lib", install / "share", *libraries)
    changed += [tree for tree in trees if tree.exists() and _grant_reading(tree, account)]
    if changed := [path for path in changed if path not in made]:
        log.warning(
            "opened folders to the user of the embedded server",
            uid=account.uid,
            folders=[str(path) for path in changed],
        )


def blocked(account: Account, folder: Path) -> list[Path]:
    """Return which of a folder and the folders above it a user cannot pass, the innermost first."""
    return [path for path in (folder, *folder.parents) if not _may(path, 0o1, account)]


def _name(uid: int) -> str:
    with suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return f"user {uid}"


def _grant_reading(tree: Path, account: Account) -> bool:
    """Let a user read a folder with all it holds, and run its programs; return whether anything changed."""
    granted = False
    for path in (tree, *tree.rglob("*")):
        bits = 0o5 if path.stat().st_mode & stat.S_IXUSR else 0o4
        granted |= _grant(path, bits, account, {path})
    return granted


def _grant(path: Path, bits: int, account: Account, own: Collection[Path]) -> bool:
    """Add permission bits (r 4, w 2, x 1) for a user to one of our own; return whether any lacked."""
    if path not in own or _may(path, bits, account):
        return False
    path.chmod(stat.S_IMODE(path.stat().st_mode | bits << _shift(path, account)))
    return True


def _may(path: Path, bits: int, account: Account) -> bool:
    """Return whether a user has permission bits, in the class that applies to the user."""
    return path.stat().st_mode >> _shift(path, account) & bits == bits


def _shift(path: Path, account: Account) -> int:
    found = path.stat()
    return 6 if found.st_uid == account.uid else 3 if found.st_gid == account.gid else 0
