"""A real proxy, a real TLS server with an authority of one's own, and a real PostgreSQL with TLS."""

import asyncio
import base64
import os
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from tests.support.command import CommandLine, command_line
from tests.support.other_server import other_server
from tests.support.services import Certificates, free_port, nginx, tinyproxy


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(build_world(Sizes(institutions=1, courses=2, items=2), seed=3)) as running:
        yield running


async def found(command: CommandLine, check: str) -> str:
    """What `doctor` finds of a check, in one text."""
    finished = await command("doctor", "--json")
    return " | ".join(f["found"] for f in finished.json["findings"] if f["check"] == check)


@pytest.fixture
def https(service_folder: Path, certificates: Certificates, sandbox: RunningSandbox) -> Iterator[str]:
    """The base address of the sandbox behind TLS, at this machine's name: proxies pass the loopback's by."""
    with nginx(service_folder / "nginx", certificates, sandbox.base_url) as port:
        yield f"https://{certificates.name}:{port}{urlsplit(sandbox.base_url).path}"


@pytest.fixture
def dcs_mirror(tmp_path: Path, sandbox: RunningSandbox, database: str, https: str) -> CommandLine:
    return command_line(tmp_path, sandbox, database).but(DCS_API_URL=https)


async def test_an_authority_of_ones_own_is_trusted_by_its_file_only(
    dcs_mirror: CommandLine, certificates: Certificates, tmp_path: Path
) -> None:
    refused = await dcs_mirror("sync")
    assert refused.code == 4
    assert "certificate" in refused.err
    trusting = dcs_mirror.but(SSL_CERT_FILE=str(certificates.authority))
    assert (await trusting("sync")).code == 0
    assert f"SSL_CERT_FILE names the authorities that are trusted: {certificates.authority}" in await found(
        trusting, "settings"
    )
    (tmp_path / "empty.pem").write_text("")
    for file in ("missing.pem", "empty.pem"):
        finished = await dcs_mirror.but(SSL_CERT_FILE=str(tmp_path / file))("sync")
        assert finished.code == 2
        assert "SSL_CERT_FILE: " in finished.err


async def test_the_dcs_is_reached_through_a_proxy_that_gets_its_own_credentials_only(
    service_folder: Path, dcs_mirror: CommandLine, certificates: Certificates
) -> None:
    trusting = dcs_mirror.but(SSL_CERT_FILE=str(certificates.authority))
    with tinyproxy(service_folder / "proxy", "library", "Zebra7") as (port, log):
        proxied = trusting.but(HTTPS_PROXY=f"http://library:Zebra7@127.0.0.1:{port}")
        assert (await proxied("sync")).code == 0
        assert f"CONNECT {certificates.name}:" in log.read_text()
        shown = await found(proxied, "settings")
        assert f"through the proxy http://127.0.0.1:{port} (HTTPS_PROXY)" in shown
        assert "Zebra7" not in shown
        log.write_text("")
        for passed_by in (certificates.name, "*"):
            assert (await proxied.but(NO_PROXY=passed_by)("sync")).code == 0
        assert "CONNECT" not in log.read_text()
        wrong = await trusting.but(HTTPS_PROXY=f"http://library:Quagga8@127.0.0.1:{port}")("sync")
        assert wrong.code == 4
        assert "the proxy refuses to connect to it: HTTP 40" in wrong.err
        assert "Quagga8" not in wrong.err
    gone = await proxied("sync")
    assert gone.code == 4
    assert "cannot be reached" in gone.err


async def test_the_proxy_never_sees_the_credentials_of_the_dcs(dcs_mirror: CommandLine) -> None:
    """A listener in the place of the proxy keeps what it is sent before it ends the connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        port = listener.getsockname()[1]
        proxied = dcs_mirror.but(
            HTTPS_PROXY=f"http://library:Zebra7@127.0.0.1:{port}", DCS_API_SUBSCRIPTION_KEY="Giraffe9"
        )
        process = await proxied.start("sync")
        sent = await _first_request(listener)
        process.kill()
        await process.communicate()
    assert sent.startswith(b"CONNECT ")
    assert base64.b64encode(b"library:Zebra7") in sent
    assert base64.b64encode(b"sandbox:open-sesame") not in sent
    assert b"Giraffe9" not in sent


async def _first_request(listener: socket.socket) -> bytes:
    def receive() -> bytes:
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(20)
            sent = b""
            while b"\r\n\r\n" not in sent:
                sent += connection.recv(65536)
            return sent

    return await asyncio.to_thread(receive)


@pytest.fixture
def tls_database(service_folder: Path, certificates: Certificates) -> Iterator[str]:
    """The address, without its scheme, of the maintenance database of a server that demands TLS."""
    port = free_port()
    folder = service_folder / "server"
    folder.mkdir()
    programs = Path(os.environ["DCS_TEST_POSTGRES_BIN"])
    with other_server(programs, folder, tls=(certificates.certificate, certificates.key, port)):
        yield f"postgres@{certificates.name}:{port}/postgres"


async def test_the_database_is_reached_with_tls_and_doctor_says_which(
    tmp_path: Path, sandbox: RunningSandbox, tls_database: str, certificates: Certificates
) -> None:
    url = f"postgresql://{tls_database}"
    ours = f"&sslrootcert={certificates.authority}"
    dcs_mirror = command_line(tmp_path, sandbox, f"{url}?sslmode=verify-full{ours}")
    assert (await dcs_mirror("sync")).code == 0
    for parameters, said in (
        ("", "TLS: TLSv1.3, the certificate is not checked"),
        ("?sslmode=require", "TLS: TLSv1.3, the certificate is not checked"),
        (f"?sslmode=verify-ca{ours}", "TLS: TLSv1.3, the server's certificate is checked"),
        (f"?sslmode=verify-full{ours}", "TLS: TLSv1.3, the server's name and certificate are checked"),
        (
            f"?sslmode=require{ours}&ssl_max_protocol_version=TLSv1.2",
            "TLS: TLSv1.2, the server's certificate",
        ),
    ):
        line = dcs_mirror.but(DCS_DATABASE_URL=url + parameters, DCS_STUDENTS_DATABASE_URL=url + parameters)
        assert said in await found(line, "database"), parameters
        assert await found(line, "students database") == "postgresql answers", parameters
    for parameters in ("?sslmode=verify-full&sslrootcert=system", "?sslmode=disable"):
        line = dcs_mirror.but(DCS_DATABASE_URL=url + parameters, DCS_STUDENTS_DATABASE_URL=url + parameters)
        assert (await line("status")).code == 4, parameters
        assert "cannot be queried" in await found(line, "students database"), parameters
    system = dcs_mirror.but(
        DCS_DATABASE_URL=f"{url}?sslmode=verify-full&sslrootcert=system",
        SSL_CERT_FILE=str(certificates.authority),
    )
    assert (await system("status")).code == 0
    other = f"postgresql://postgres@127.0.0.1:{tls_database.partition(':')[2]}?sslmode=verify-full{ours}"
    assert (await dcs_mirror.but(DCS_DATABASE_URL=other)("status")).code == 4
