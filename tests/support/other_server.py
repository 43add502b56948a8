"""A PostgreSQL server of another release than the embedded one, from programs that the machine has."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from dcs_mirror.embedded import account as accounts
from dcs_mirror.embedded.binaries import run_program


@contextmanager
def other_server(programs: Path, folder: Path, *, tls: tuple[Path, Path, int] | None = None) -> Iterator[str]:
    """Run a new server in ``folder`` during the block; yield the address of its maintenance database.

    Args:
        programs: the folder with ``initdb`` and ``pg_ctl``.
        folder: an empty folder, which holds the data, the socket and the log.
        tls: a certificate, its key and a port, on which only clients with TLS are let in then.
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
    if tls is not None:
        _require_tls(folder, *tls, account=account)
    options = f"--options={'' if tls else '-c listen_addresses='} -c unix_socket_directories={folder}"
    run("pg_ctl", "start", "--wait", "--silent", "--pgdata=data", "--log=log", options)
    try:
        yield f"postgresql://postgres@/postgres?host={quote(str(folder), safe='')}"
    finally:
        run("pg_ctl", "stop", "--silent", "--mode=immediate", "--pgdata=data")


def _require_tls(folder: Path, certificate: Path, key: Path, port: int, *, account: accounts.Account) -> None:
    for source, name in ((certificate, "server.crt"), (key, "server.key")):
        target = folder / "data" / name
        shutil.copy(source, target)
        target.chmod(0o600)
        os.chown(target, account.uid, account.gid)
    with (folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as settings:
        settings.write(f"ssl = on\nlisten_addresses = '*'\nport = {port}\n")
    (folder / "data" / "pg_hba.conf").write_text(
        "local all all trust\nhostssl all all all trust\n", encoding="utf-8"
    )
