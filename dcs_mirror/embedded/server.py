"""The embedded server: a PostgreSQL of the mirror's own, for machines without a PostgreSQL server.

The data folder holds ``postgres-18/`` (the cluster), ``postgres-18.log``, ``embedded.lock`` (held while a
program starts or stops the server) and ``socket-…/``. The server listens on a Unix socket only, in a folder
that only its own user may enter. It outlives the program that started it; the next program finds it by its
``postmaster.pid``.

PostgreSQL refuses to run as root, so a program that is run by root starts the server as another user: see
:func:`~dcs_mirror.embedded.account.choose`. The mirror creates no user for it. It opens to this user only the
data folder, the folders that it makes above it, and the wheel's own with PostgreSQL's programs. If any other
folder is in this user's way, the server does not start, and the message names the folder.

A command that needs a mirror that exists starts a server that does not run for itself alone: the last such
command stops it. :meth:`EmbeddedServer.hold` is how each says that it still needs the server.
"""

import hashlib
import os
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from dcs_mirror.embedded import account as accounts
from dcs_mirror.embedded.account import Account, EmbeddedServerFailed, let_in, make_folders, make_own
from dcs_mirror.embedded.binaries import (
    MAJOR,
    EmbeddedServerMissing,
    OpenProgram,
    find_binaries,
    last_lines,
    open_program,
    run_program,
)
from dcs_mirror.embedded.cluster import set_up_if_new
from dcs_mirror.embedded.postmaster import PORT, SOCKET, Postmaster, command_line, exists
from dcs_mirror.embedded.reachable import reachable_folder, reachable_programs, socket_folder

if sys.platform != "win32":
    import fcntl

__all__ = ["EmbeddedServer", "EmbeddedServerMissing"]

# Crash recovery replays at most `max_wal_size` of WAL, which takes a slow disk about this long.
START_TIMEOUT_SECONDS = 120
# A program that waits for another one must outlast the other one's initdb and recovery.
LOCK_TIMEOUT_SECONDS = START_TIMEOUT_SECONDS + 60
POLL_SECONDS = 0.02
LOCK_FILE = "embedded.lock"
"""Held while a program starts or stops the server; not empty if the server was not started to last."""


class EmbeddedServer:
    """The PostgreSQL server of one data folder.

    Every method blocks. Safe to call from several processes and threads at once.

    Args:
        data_dir: the folder for the server's data; :meth:`start` creates it, with its parents.

    Raises:
        EmbeddedServerMissing: if the extra ``embedded`` is not installed.

    Every method raises :class:`EmbeddedServerFailed` if the server or the operating system reports an error.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.resolve()
        self.bin_dir = find_binaries()
        self._held: int | None = None

    @property
    def _cluster(self) -> Path:
        return self.data_dir / f"postgres-{MAJOR}"

    @property
    def _log(self) -> Path:
        return self.data_dir / f"postgres-{MAJOR}.log"

    @property
    def psql_path(self) -> Path:
        """Path of the ``psql`` that belongs to the server."""
        return self.bin_dir / "psql"

    @property
    def is_set_up(self) -> bool:
        """Whether there is a cluster that :meth:`start` would start. Creates nothing."""
        return self._cluster.exists()

    def is_running(self) -> bool:
        """Return whether the server accepts connections now. Starts no process."""
        postmaster = self._postmaster()
        return postmaster is not None and postmaster.ready and postmaster.listens()

    def url(self, database: str = "dcs_mirror") -> str:
        """Return the URL of a database of the running server; libpq, psql and asyncpg accept it.

        Raises:
            EmbeddedServerFailed: if the server is not running.
        """
        postmaster = self._postmaster()
        if postmaster is None or not postmaster.socket_folder:
            raise EmbeddedServerFailed(f"the embedded server in {self.data_dir} is not running")
        host = quote(postmaster.socket_folder, safe="")
        # The port is given because PGPORT would otherwise choose another socket.
        return f"postgresql://postgres@/{quote(database, safe='')}?host={host}&port={PORT}"

    def start(self, *, lasting: bool = True) -> None:
        """Start the server unless it is running; set it up first if the data folder is new.

        Args:
            lasting: whether it goes on after this program; if not, :meth:`stop_if_unused` stops it, unless
                another program started it, or asked for a lasting one meanwhile.
        """
        if self.is_running() and not (lasting and self._is_passing()):
            return
        with self._os_errors_explained():
            self.data_dir = reachable_folder(self.data_dir, self._account())
            made = make_folders(self.data_dir)
            account = self._account()
            programs = reachable_programs(self.bin_dir, account)
            with self._locked(account) as lock:
                if os.geteuid() == 0:
                    let_in(account, self.data_dir, made, programs.parent)
                set_up_if_new(self._cluster, programs, account, lock)
                if not self._wait_until_ready(account):
                    self._start_process(account)
                    _mark(lock, is_passing=not lasting)
                elif lasting:
                    _mark(lock, is_passing=False)

    def hold(self) -> None:
        """Keep other programs' :meth:`stop_if_unused` from stopping the server until this program ends."""
        if self._held is None:
            with self._os_errors_explained():
                self._held = os.open(self._cluster, os.O_RDONLY | os.O_DIRECTORY)
                fcntl.flock(self._held, fcntl.LOCK_SH)

    def stop_if_unused(self) -> None:
        """Let go of the server; stop it if it was not started to last, and no other program holds it."""
        if self._held is None:
            return
        with self._os_errors_explained():
            account = self._account()
            try:
                with self._locked(account):
                    if self._is_passing() and _try_lock(self._held):
                        self._stop_process(account)
            finally:
                os.close(self._held)
                self._held = None

    def has_database(self, database: str = "dcs_mirror") -> bool:
        """Return whether the running server has a database."""
        with self._os_errors_explained():
            return self._has_database(self._account(), database)

    def stop(self) -> bool:
        """Stop the server and end its sessions. Return False if it was not running."""
        if self._postmaster() is None:
            return False
        with self._os_errors_explained():
            account = self._account()
            with self._locked(account):
                return self._stop_process(account)

    def _stop_process(self, account: Account) -> bool:
        """Do what :meth:`stop` does; the caller holds the lock."""
        postmaster = self._postmaster()
        if postmaster is None or not self._is_alive(postmaster, account):
            return False
        arguments = ("stop", "--mode=fast", f"--timeout={START_TIMEOUT_SECONDS}", "--silent")
        code, output = self._run(account, "pg_ctl", *arguments, f"--pgdata={self._cluster.name}")
        if code:
            raise EmbeddedServerFailed(
                f"the embedded server in {self.data_dir} does not stop: {last_lines(output)}"
            )
        if postmaster.socket_folder:
            with suppress(OSError):
                Path(postmaster.socket_folder).rmdir()
        return True

    def _is_passing(self) -> bool:
        """Return whether the server was started by a program that stops it when it ends."""
        with suppress(FileNotFoundError):
            return (self.data_dir / LOCK_FILE).stat().st_size > 0
        return False

    def open_program(self, name: str, *arguments: str) -> AbstractAsyncContextManager[OpenProgram]:
        """Run one of the server's clients during a block; see :func:`~.binaries.open_program`."""
        return open_program(self.bin_dir / name, *arguments, folder=self.data_dir)

    def ensure_database(self, database: str = "dcs_mirror") -> None:
        """Create a database in the running server unless it exists. Safe to race."""
        with self._os_errors_explained():
            account = self._account()
            maintenance = f"--maintenance-db={self.url('postgres')}"
            if self._has_database(account, database):
                return
            code, output = self._run(account, "createdb", maintenance, "--", database)
            # Checked again, because another program may have created it first.
            if code and not self._has_database(account, database):
                raise EmbeddedServerFailed(f"the database {database} cannot be created: {last_lines(output)}")

    def _has_database(self, account: Account, database: str) -> bool:
        # Databases are listed because a connection attempt that fails would leave FATAL in the log.
        query = "--command=SELECT datname FROM pg_database"
        form = ("--no-psqlrc", "--tuples-only", "--no-align", f"--dbname={self.url('postgres')}")
        code, output = self._run(account, "psql", *form, query)
        if code:  # a server without room answers nobody, and its mirror is there all the same
            raise EmbeddedServerFailed(
                f"the embedded server in {self.data_dir} does not answer: {last_lines(output)}"
            )
        return database in output.split("\n")

    def _wait_until_ready(self, account: Account) -> bool:
        """Wait for a start or stop that is in progress to end; return whether a server is then ready."""
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while (postmaster := self._postmaster()) and self._is_alive(postmaster, account):
            if postmaster.ready and postmaster.listens():
                return True
            if time.monotonic() > deadline:
                raise EmbeddedServerFailed(
                    f"the embedded server in {self.data_dir} (process {postmaster.pid}) accepts no "
                    f"connections in {postmaster.socket_folder}. Its log says why: {self._log}"
                )
            time.sleep(POLL_SECONDS)
        return False

    def _start_process(self, account: Account) -> None:
        """Start the server and wait until it accepts connections.

        The caller holds the lock and has made sure that no server of this cluster is alive.
        """
        name = self._name(account)
        folder = socket_folder(self.data_dir, name, account)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        make_own(folder, account)
        self._clear_after_crash(account, folder)
        settings = {
            "cluster_name": name,
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": str(folder),
        }
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        # Relative paths: pg_ctl passes them to a shell within double quotes, in which `$` is special.
        arguments = (
            "start",
            "--wait",
            f"--timeout={START_TIMEOUT_SECONDS}",
            "--silent",
            f"--pgdata={self._cluster.name}",
            f"--log={self._log.name}",
            f"--options={shlex.join(options)}",
        )
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while True:
            before = self._open_log(account)
            code, output = self._run(account, "pg_ctl", *arguments)
            if code == 0:
                return
            logged = self._log.read_bytes()[before:].decode(errors="replace")
            # Sessions of a killed server hold its shared memory until their current statement ends.
            if "shared memory block" not in logged or time.monotonic() > deadline:
                raise EmbeddedServerFailed(
                    f"the embedded server in {self.data_dir} does not start: "
                    f"{last_lines(logged or output)} (log: {self._log})"
                )
            time.sleep(POLL_SECONDS)

    def _open_log(self, account: Account) -> int:
        """Make sure that the server's user can write the log; return the log's length in bytes."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        descriptor = os.open(self._log, flags, mode=0o600)
        try:
            account.own(descriptor)
            return os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)

    def _clear_after_crash(self, account: Account, socket_folder: Path) -> None:
        """Remove the lock files of a dead server that PostgreSQL would mistake for a living one.

        PostgreSQL only checks whether a process with the recorded id exists. After a restart of the machine
        or the container that may be an unrelated process. All its other checks are left to PostgreSQL.
        """
        for file in (self._cluster / "postmaster.pid", socket_folder / f"{SOCKET}.lock"):
            previous = Postmaster.read(file)
            if (
                previous
                and not self._is_alive(previous, account)
                and (previous.pid == 0 or exists(previous.pid))
            ):
                file.unlink()

    def _postmaster(self) -> Postmaster | None:
        """Return what the cluster's ``postmaster.pid`` says, or None if there is none."""
        try:
            return Postmaster.read(self._cluster / "postmaster.pid")
        except PermissionError as error:
            raise EmbeddedServerFailed(
                f"the embedded server in {self.data_dir} belongs to another user. Run dcs-mirror as that "
                "user, or set DCS_DATA_DIR to a folder of your own"
            ) from error

    def _is_alive(self, postmaster: Postmaster, account: Account) -> bool:
        """Return whether the server that wrote a ``postmaster.pid`` is still alive, ready or not.

        The socket is tried first: it also answers from another container, in which the process id means
        nothing. A server that is just starting or ending has no socket; its command line distinguishes it
        from an unrelated process that was given the same id later.
        """
        marker = f"cluster_name={self._name(account)}".encode()
        return postmaster.listens() or marker in command_line(postmaster.pid)

    def _name(self, account: Account) -> str:
        """Return a name for this cluster that is unique on this machine.

        The inode distinguishes it from an earlier cluster in the same place that was removed while its server
        was running: that server notices within a minute and then removes its socket.
        """
        inode = self._cluster.stat().st_ino
        identity = b"%d:%d:%b" % (account.uid, inode, os.fsencode(self.data_dir))
        return f"dcs-mirror-{hashlib.sha256(identity).hexdigest()[:16]}"

    def _account(self) -> Account:
        """Return the user that the server runs as."""
        return accounts.choose(self._cluster, self.data_dir)

    @contextmanager
    def _locked(self, account: Account) -> Iterator[int]:
        """Keep other processes and threads from starting or stopping this server.

        Yield the descriptor that holds the lock. The lock is free once this descriptor and every copy of it
        are closed.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        descriptor = os.open(self.data_dir / LOCK_FILE, flags, mode=0o600)
        try:
            account.own(descriptor)
            deadline = time.monotonic() + LOCK_TIMEOUT_SECONDS
            # Polled, because a blocking flock has no time limit.
            while not _try_lock(descriptor):
                if time.monotonic() > deadline:
                    raise EmbeddedServerFailed(
                        f"another program has been starting or stopping the embedded server in "
                        f"{self.data_dir} for {LOCK_TIMEOUT_SECONDS} seconds"
                    )
                time.sleep(POLL_SECONDS)
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def _os_errors_explained(self) -> Iterator[None]:
        """Turn an ``OSError`` into an :class:`EmbeddedServerFailed` that names the data folder."""
        try:
            yield
        except OSError as error:
            raise EmbeddedServerFailed(
                f"the embedded server in {self.data_dir} fails: {error}; "
                "to use another folder, set DCS_DATA_DIR"
            ) from error

    def _run(self, account: Account, program: str, *arguments: str) -> tuple[int, str]:
        """Run one of PostgreSQL's programs in the data folder; return its exit code and its output."""
        programs = reachable_programs(self.bin_dir, account)
        return run_program(programs / program, *arguments, account=account, folder=self.data_dir)


def _mark(lock: int, *, is_passing: bool) -> None:
    """Write into the lock's open file whether the server is one that was not started to last."""
    os.ftruncate(lock, 0)
    if is_passing:
        os.pwrite(lock, b"passing\n", 0)


def _try_lock(descriptor: int) -> bool:
    """Take the lock of an open file; return False if it is held elsewhere."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
