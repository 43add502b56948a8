"""A PostgreSQL server of another release than the embedded one, from programs that the machine has."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from dcs_mirror.embedded import account as accounts
from dcs_mirror.embedded.binaries import run_program


@contextmanager
def other_server(programs: Path, folder: Path) -> Iterator[str]:
    """Run a new server in ``folder`` during the block; yield the address of its maintenance database.

    Args:
        programs: the folder with ``initdb`` and ``pg_ctl``.
        folder: an empty folder, which holds the data, the socket and the log.
    """
    account = accounts.choose(folder / "data", folder)
    accounts.make_own(folder, account)

    def run(program: str, *arguments: str) -> None:
        code, output = run_program(programs / program, *arguments, account=account, folder=folder)
        assert code == 0, output

    run(
        "initdb",
        "--pgdata=data",
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
    )
    options = f"--options=-c listen_addresses= -c unix_socket_directories={folder}"
    run("pg_ctl", "start", "--wait", "--silent", "--pgdata=data", "--log=log", options)
    try:
        yield f"postgresql://postgres@/postgres?host={quote(str(folder), safe='')}"
    finally:
        run("pg_ctl", "stop", "--silent", "--mode=immediate", "--pgdata=data")
