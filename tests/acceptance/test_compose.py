"""What docker-compose.yml runs, one by one, with each service's environment, secrets and health check.

Containers themselves are not run: file systems, networks and users are those of this machine. In the place of
PostgreSQL's service stands another server, made ready by the script that its image would run.
"""

import asyncio
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from dcs_mirror.embedded.server import EmbeddedServer
from tests.acceptance.test_readme import COMPOSE, OPERATING
from tests.integration.test_compose_roles import make_accounts
from tests.support.command import CommandLine, Finished, command_line
from tests.support.metrics import ask
from tests.support.pages import blocks
from tests.support.serving import free_port

SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
BOUND = re.compile(r"(?:0\.0\.0\.0|127\.0\.0\.1):(\d+)")
SMALL = ["--institutions=2", "--courses=3", "--items=2"]


def write_secrets(folder: Path) -> None:
    """Make the secrets by the lines of docs/operating.md, but for its random numbers, and in ``folder``."""
    (block,) = (block for block in blocks(OPERATING, "sh") if "mkdir -m 700" in block)
    elsewhere = ("git clone ", "cd ", "docker ")
    lines = [line for line in block.splitlines() if not line.startswith(elsewhere)]
    script = "\n".join(["openssl() { echo 0123456789abcdef; }", *lines])
    subprocess.run(["/bin/sh", "-eu", "-c", script], cwd=folder, check=True)
    for name, value in (("api_username", "sandbox"), ("api_password", "open-sesame")):
        (folder / "secrets" / name).write_text(value)


@dataclass(frozen=True)
class Container:
    """A service of Docker Compose on this machine: its command, its environment, and a port of its own."""

    command: CommandLine
    words: list[str]
    health: str
    ports: dict[str, int]

    def here(self, text: str) -> str:
        """The text with the service's ports as they are on this machine."""
        return BOUND.sub(lambda found: f"127.0.0.1:{self.ports[found[1]]}", text)

    async def __call__(self, *words: str) -> Finished:
        """Run ``docker compose run --rm SERVICE WORDS``; without words, what the service runs."""
        return await self.command(*(words or self.words))

    @asynccontextmanager
    async def up(self, *words: str) -> AsyncIterator[None]:
        """Have the service run until its check says that it is healthy; then stop it as Docker does."""
        process = await self.command.start(*self.words, *words)
        try:
            async with asyncio.timeout(30):
                while not await self._is_healthy():
                    assert process.returncode is None
                    await asyncio.sleep(0.1)
            yield
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            _, err = await asyncio.wait_for(process.communicate(), 15)
        assert process.returncode == 0, err.decode()
        assert b"Traceback" not in err, err.decode()

    async def _is_healthy(self) -> bool:
        check = await asyncio.create_subprocess_exec(
            sys.executable, "-c", self.here(self.health), stderr=asyncio.subprocess.DEVNULL
        )
        return await check.wait() == 0


def container(name: str, secrets: Path, **of_the_operator: str) -> Container:
    """The service of a name, as Docker Compose would make it from the operator's environment."""
    service = SERVICES[name]
    secret_names = set(service.get("secrets", []))

    def filled(value: str) -> str:
        value = re.sub(
            r"\$\{(\w+):-([^}]*)\}", lambda found: of_the_operator.get(found[1]) or found[2], value
        )
        mounted = re.match(r"/run/secrets/(\w+)", value)
        assert mounted is None or mounted[1] in secret_names
        return value.replace("/run/secrets", str(secrets))

    settings = {key: filled(value) for key, value in service.get("environment", {}).items()}
    health = service.get("healthcheck", {}).get("test", [""])[-1]
    published = " ".join([health, *settings.values()])
    ports = {port: free_port() for port in BOUND.findall(published)}
    made = Container(command_line(secrets), list(service["command"]), health, ports)
    bound = {key: made.here(value) if key.endswith("_BIND") else value for key, value in settings.items()}
    return Container(made.command.but(HOME="/nonexistent", **bound), made.words, health, ports)


async def test_every_service_does_what_it_is_for_with_what_it_is_given(
    own_server: EmbeddedServer, tmp_path: Path
) -> None:
    write_secrets(tmp_path)
    secrets = tmp_path / "secrets"
    url = urlsplit(own_server.url())
    for secret in ("owner_url", "database_url", "serve_url"):
        stored = (secrets / secret).read_text()
        account = urlsplit(stored.strip()).netloc.partition(":")[0]
        (secrets / secret).write_text(url._replace(netloc=f"{account}@").geturl() + "\n")
    make_accounts(own_server, secrets)

    sandbox = container("sandbox", secrets)
    (port,) = sandbox.ports.values()
    of_the_operator = {
        "DCS_API_URL": f"http://127.0.0.1:{port}/dcs-course-content-urls/v3",
        "DCS_ALLOW_HTTP": "true",
        "DCS_CLIENT_RATE": "",
    }
    services = {name: container(name, secrets, **of_the_operator) for name in SERVICES if name != "postgres"}
    done = await services["migrate"]()
    assert done.code == 0, done.err

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(sandbox.up(f"--port={port}", *SMALL))
        synced = await services["sync"]()
        assert synced.code == 0, synced.err
        workers = [services[name] for name in SERVICES if name.startswith("worker-")]
        for worker in workers:
            await stack.enter_async_context(worker.up())
        asked = await services["sync"]("enqueue", "sync", "--wait")
        assert asked.code == 0, asked.err
        added = await services["sync"]("accounts", "add", "reading-lists", "--may", "refresh")
        assert added.code == 0, added.err
        serve = services["serve"]
        await stack.enter_async_context(serve.up())
        (address,) = serve.ports.values()
        status, text = await ask(f"127.0.0.1:{address}", "/readyz")
        assert status == 200, text
        figures = [
            await ask(f"127.0.0.1:{next(iter(worker.ports.values()))}", "/metrics") for worker in workers
        ]
        assert [status for status, _ in figures] == [200, 200]
