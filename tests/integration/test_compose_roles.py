"""The accounts that docker/roles.sh makes for docker-compose.yml, on a real server."""

import os
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

import asyncpg

from dcs_mirror.embedded.binaries import find_binaries
from dcs_mirror.embedded.server import EmbeddedServer
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from dcs_mirror.schema import migrate
from tests.support.command import command_line

DOCKER = Path(__file__).parents[2] / "docker"
PASSWORDS = {"owner_password": "it's a \\ secret", "sync_password": "another", "serve_password": "a third"}


def make_accounts(server: EmbeddedServer, secrets: Path) -> None:
    """Run the script as PostgreSQL's image does."""
    url = urlsplit(server.url())
    where = parse_qs(url.query)
    subprocess.run(
        ["/bin/sh", str(DOCKER / "roles.sh")],
        check=True,
        capture_output=True,
        env={
            "PATH": f"{find_binaries()}:{os.environ['PATH']}",
            "PGHOST": where["host"][0],
            "PGPORT": where["port"][0],
            "POSTGRES_USER": str(url.username),
            "POSTGRES_DB": url.path[1:],
            "SECRETS": str(secrets),
        },
    )


def entered_as(url: str, account: str) -> str:
    return urlunsplit(urlsplit(url)._replace(netloc=f"{account}@"))


async def test_accounts_take_over_what_a_superuser_made_and_need_none(
    own_server: EmbeddedServer, tmp_path: Path
) -> None:
    for name, password in PASSWORDS.items():
        (tmp_path / name).write_text(password + "\n")
    url = own_server.url()
    await migrate.migrate(url)
    before = migrate.revisions()[-2]
    await migrate.run_in_transaction(url, lambda connection: migrate.downgrade(connection, before))
    make_accounts(own_server, tmp_path)
    make_accounts(own_server, tmp_path)
    owner, syncs = entered_as(url, "dcs_owner"), entered_as(url, "dcs_sync")
    async with running_sandbox(build_world(Sizes(institutions=1, courses=1, items=1), seed=3)) as sandbox:
        command = command_line(tmp_path, sandbox, syncs)
        as_owner = command.but(DCS_DATABASE_URL=owner)
        admin = await asyncpg.connect(url)
        try:
            migrated = await as_owner("migrate")
            assert migrated.code == 0, migrated.err
            assert (await command("sync")).code == 0
            assert (await command("migrate")).code == 0
            powers = "rolsuper OR rolcreaterole OR rolcreatedb"
            roles = f"SELECT bool_or({powers}) FROM pg_roles WHERE rolname = ANY ($1)"
            assert await admin.fetchval(roles, ["dcs_owner", "dcs_sync", "dcs_serve"]) is False
            assert await admin.fetchval("SELECT pg_has_role('dcs_serve', 'dcs_web', 'USAGE')")
            stored = "SELECT rolpassword FROM pg_authid WHERE rolname = 'dcs_owner'"
            assert str(await admin.fetchval(stored)).startswith("SCRAM-SHA-256$")
        finally:
            await admin.close()


def test_the_services_use_the_accounts_and_never_the_administrators() -> None:
    compose = (DOCKER.parent / "docker-compose.yml").read_text(encoding="utf-8")
    assert compose.count("/run/secrets/postgres_password") == 1
    assert "DCS_DATABASE_URL_FILE: /run/secrets/owner_url" in compose
    assert "./docker:/docker-entrypoint-initdb.d:ro" in compose
    assert os.access(DOCKER / "roles.sh", os.X_OK)
