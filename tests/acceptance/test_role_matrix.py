"""Every kind of account and every kind of command: it works, or one line says what to grant."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from dcs_mirror.embedded.binaries import find_binaries
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.schema import migrate
from tests.support.command import CommandLine, command_line
from tests.support.control import control
from tests.support.roles import entered_as, login_role

TO_READ = (
    ("status",),
    ("readers", "list"),
    ("targets", "list"),
    ("calls",),
    ("resolve", "1"),
    ("flags",),
    ("quarantine",),
    ("jobs",),
    ("notify", "--dry-run"),
)
TO_WRITE = (
    ("sync",),
    ("reconcile",),
    ("restored",),
    ("enqueue", "sync"),
    ("enqueue", "reconcile"),
    ("worker", "--once"),
    ("notify",),
)


@dataclass(frozen=True)
class Accounts:
    """A mirror, and the command line as each kind of account; the owner may not create roles."""

    hei: str
    superuser: CommandLine
    owner: CommandLine
    writer: CommandLine
    reader: CommandLine
    stranger: CommandLine
    names: dict[str, str]


@pytest.fixture
async def accounts(template: str, empty_database: str, tmp_path: Path) -> AsyncIterator[Accounts]:
    world = build_world(Sizes(institutions=1, courses=1, items=1), seed=3)
    admin = await asyncpg.connect(empty_database)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(admin.close)
        sandbox: RunningSandbox = await stack.enter_async_context(running_sandbox(world))
        names = {
            kind: await stack.enter_async_context(login_role(admin, f"dcs_{kind}"))
            for kind in ("owner", "writer", "reader", "stranger")
        }
        database = await admin.fetchval("SELECT quote_ident(current_database())")
        await admin.execute(
            f"GRANT CREATE ON DATABASE {database} TO {names['owner']};"
            f"GRANT dcs_mirror_writer TO {names['writer']}; GRANT dcs_reader TO {names['reader']}"
        )
        await migrate.migrate(entered_as(empty_database, names["owner"]))
        recipients = tmp_path / "notify.toml"
        recipients.write_text(
            '[[notify]]\ninstitutions = "all"\nevents = ["held"]\n'
            'to = ["webhook+http://127.0.0.1:9/none"]\nsecret = "sixteen characters"\n'
        )
        recipients.chmod(0o600)
        lines = {
            kind: command_line(tmp_path, sandbox, entered_as(empty_database, name)).but(
                DCS_NOTIFY_FILE=str(recipients)
            )
            for kind, name in names.items()
        }
        hei = str((await control(sandbox, "state"))["institutions"][0]["id"])
        superuser = command_line(tmp_path, sandbox, empty_database).but(DCS_NOTIFY_FILE=str(recipients))
        yield Accounts(hei, superuser, **lines, names=names)


async def assert_refused(command: CommandLine, arguments: tuple[str, ...], statement: str) -> None:
    finished = await command(*arguments)
    assert (finished.code, finished.out) == (4, ""), (arguments, finished)
    (line,) = finished.err.splitlines()
    assert statement in line, line


async def test_every_kind_of_account_works_or_is_told_what_to_grant(accounts: Accounts) -> None:
    names = accounts.names
    for may_write in (accounts.writer, accounts.owner, accounts.superuser):
        to_read = () if may_write is accounts.superuser else TO_READ
        for arguments in (("migrate",), *TO_WRITE, *to_read):
            finished = await may_write(*arguments)
            # An id that nobody ever saw is not found.
            assert finished.code == (arguments[0] == "resolve"), (arguments, finished)
    of_jobs = (("enqueue", "refresh", accounts.hei), ("jobs", "retry", "1"), ("jobs", "drop", "1"))
    denied = (("migrate",), *TO_WRITE, *TO_READ, *of_jobs, ("purge", accounts.hei), ("prune",))
    for may_not, attempts in (("reader", denied), ("stranger", denied[:4])):
        command: CommandLine = getattr(accounts, may_not)
        for arguments in attempts:
            await assert_refused(command, arguments, f"GRANT dcs_mirror_writer TO {names[may_not]}")
        assert f"GRANT dcs_mirror_writer TO {names[may_not]}" in (await command("doctor")).out
    new = ("readers", "add", f"{names['owner']}_new", "--hei", accounts.hei)
    assert (await accounts.writer("enqueue", "reconcile")).code == 0
    (job,) = json.loads((await accounts.writer("jobs", "--json")).out)["jobs"]
    assert (await accounts.writer("jobs", "drop", str(job["job_id"]))).code == 0
    for owners in (("purge", accounts.hei, "--yes-delete", accounts.hei), new):
        await assert_refused(accounts.writer, owners, f"GRANT {names['owner']} TO {names['writer']}")
    await assert_refused(accounts.owner, new, f"CREATE ROLE {new[2]} LOGIN")
    existing = ("readers", "add", names["stranger"], "--hei", accounts.hei)
    assert (await accounts.owner(*existing)).code == 0
    assert (await accounts.owner("readers", "remove", names["stranger"])).code == 0
    assert (await accounts.owner("prune")).code == 0
    assert (await accounts.owner("purge", accounts.hei, "--yes-delete", accounts.hei)).code == 0


async def test_what_a_first_migration_lacks_is_told(
    template: str, empty_database: str, tmp_path: Path
) -> None:
    admin = await asyncpg.connect(empty_database)
    try:
        async with login_role(admin, "dcs_owner") as owner:
            database = await admin.fetchval("SELECT quote_ident(current_database())")
            command = command_line(tmp_path, database=entered_as(empty_database, owner))
            await assert_refused(command, ("migrate",), f"GRANT CREATE ON DATABASE {database} TO {owner}")
    finally:
        await admin.close()


async def test_a_writer_that_finds_something_to_migrate_is_told_who_owns_it(accounts: Accounts) -> None:
    for statement in ("DROP VIEW dcs.rollover", "UPDATE dcs_mirror.alembic_version SET version_num = '0001'"):
        admin = await asyncpg.connect(accounts.superuser.environment["DCS_DATABASE_URL"])
        await admin.execute(statement)
        await admin.close()
        names = accounts.names
        await assert_refused(accounts.writer, ("migrate",), f"GRANT {names['owner']} TO {names['writer']}")


@pytest.mark.parametrize("kind", ["writer", "owner"])
async def test_the_documented_accounts_can_dump_the_mirror(
    accounts: Accounts, kind: str, tmp_path: Path
) -> None:
    assert (await accounts.writer("sync")).code == 0
    command: CommandLine = getattr(accounts, kind)
    url = command.environment["DCS_DATABASE_URL"]
    process = await asyncio.create_subprocess_exec(
        str(find_binaries() / "pg_dump"), "--format=custom", "--schema=dcs_mirror", "--schema=dcs",
        "--schema=dcs_queue",
        f"--file={tmp_path / 'dcs.dump'}", url, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
