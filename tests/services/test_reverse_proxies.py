"""The service behind nginx, as docs/service.md and deploy/ have it: as a proxy, as a cache, with sign-on."""

import asyncio
import base64
import hashlib
import re
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
import requests

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.edits import ItemChanges, edit_item
from tests.support.command import CommandLine, command_line
from tests.support.raw_http import SMUGGLED, sent, statuses
from tests.support.running import sync
from tests.support.services import Certificates, free_port
from tests.support.services import serving as running
from tests.support.serving import BASE, Service, account, mirrored, serving

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx" / "dcs-mirror.conf"
PROXY = "127.0.0.2"
"""The address from which nginx asks the service, so that it is another one than that of other clients."""
HOST = "mirror.example.ac.uk"


@contextmanager
def nginx(
    folder: Path, certificates: Certificates, service: Service, further: str = "", server: str = ""
) -> Iterator[int]:
    """The shipped configuration, with this machine's addresses and files; yields the port.

    Args:
        folder: for its files.
        certificates: of the server.
        service: what it is before.
        further: lines of the http block.
        server: lines of the server block, before the others.
    """
    port = free_port()
    text = CONFIGURATION.read_text(encoding="utf-8")
    for before, after in {
        "127.0.0.1:8400": service.address.removeprefix("http://"),
        "listen 443 ssl;": f"listen {port} ssl; proxy_bind {PROXY}; {server}",
        "/etc/ssl/certs/mirror.pem": f"{folder}/{certificates.certificate.name}",
        "/etc/ssl/private/mirror.key": f"{folder}/{certificates.key.name}",
    }.items():
        assert before in text
        text = text.replace(before, after)
    for source in (certificates.certificate, certificates.key):
        shutil.copy(source, folder / source.name)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log stderr; worker_processes 1; events {{}}\n"
        f"http {{ access_log off; {temporary} {further}\n{text}\n}}",
        encoding="utf-8",
    )
    with running(folder, port, "nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")):
        yield port


@asynccontextmanager
async def served(
    tmp_path: Path, database: str, *, trusted: str = ""
) -> AsyncIterator[tuple[RunningSandbox, CommandLine, Service]]:
    """A mirror of two institutions, and the service of it under the proxy's public name."""
    async with mirrored(database, institutions=2, courses=2, items=30, seed=5) as sandbox:
        dcs_mirror = command_line(tmp_path, sandbox, database)
        async with serving(dcs_mirror, DCS_HOSTS=HOST, DCS_TRUSTED_PROXIES=trusted) as service:
            yield sandbox, dcs_mirror, service


def _trusting(certificates: Certificates) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(certificates.authority))
    context.check_hostname = False  # the certificate is for this machine, not for the public name
    return context


def _curl(url: str, *arguments: str) -> bytes:
    command = ["curl", "--silent", "--show-error", "--insecure", *arguments, url]
    return subprocess.run(command, capture_output=True, check=True).stdout


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
async def test_every_client_gets_the_same_bytes_through_nginx_and_without(
    tmp_path: Path, database: str, connection: Connection, service_folder: Path, certificates: Certificates
) -> None:
    async with served(tmp_path, database) as (sandbox, _, service):
        course = await connection.fetchrow("SELECT hei_id, course_code FROM dcs.course LIMIT 1")
        assert course is not None
        path = f"{BASE}/GetCourseContent?hei={course['hei_id']}&code={quote(course['course_code'])}"
        direct = await service.get(path, Accept_Encoding="identity")
        assert direct.json["status-code"] == 100
        credentials = aiohttp.encode_basic_auth(service.account, service.secret)
        with nginx(service_folder, certificates, service) as port:
            url, headers = f"https://localhost:{port}{path}", {"Host": HOST, "Authorization": credentials}
            curled = await asyncio.to_thread(
                _curl,
                url,
                "--user",
                f"{service.account}:{service.secret}",
                "--header",
                f"Host: {HOST}",
                "--compressed",
            )

            def by_requests() -> bytes:
                asked = requests.get(url, headers=headers, verify=False, timeout=20)  # noqa: S501
                return bytes(asked.content)

            async with service.session.get(url, headers=headers, ssl=_trusting(certificates)) as response:
                by_aiohttp = await response.read()
                assert response.headers["Content-Encoding"] == "gzip"
                etag, age = response.headers["ETag"], int(response.headers["Age"])
                assert response.headers["Vary"] == direct.headers["Vary"]
                assert response.headers["Cache-Control"].startswith("private")
            assert curled == by_aiohttp == await asyncio.to_thread(by_requests) == direct.body
            assert 0 <= age < 120
            for tag in (etag, direct.headers["ETag"]):
                again = await asyncio.to_thread(
                    _curl, url, "--include", "--header", f"If-None-Match: {tag}", *_as_headers(headers)
                )
                assert again.startswith(b"HTTP/1.1 304 "), again
                assert b"\r\nAge: " in again
            # A host that is not ours, and what only a monitor of this machine may see.
            foreign = await asyncio.to_thread(_curl, url, "--include", "--header", "Host: evil.example")
            assert foreign.startswith(b"HTTP/1.1 421 ")
            # A stream is not held up.
            last = await connection.fetchval("SELECT max(change_id) FROM dcs.change")
            streamed = headers | {"Accept": "text/event-stream", "Last-Event-ID": str(last)}
            changes = f"https://localhost:{port}/api/changes"
            async with service.session.get(changes, headers=streamed, ssl=_trusting(certificates)) as stream:
                request_id = await connection.fetchval(
                    "SELECT max(request_id) FROM dcs.content_item WHERE course_key IS NOT NULL"
                )
                edit_item(sandbox.world, sandbox.world.items[request_id], ItemChanges(title="Streamed"))
                await sync(sandbox, database)
                async with asyncio.timeout(20):
                    async for line in stream.content:
                        if b"Streamed" in line:
                            break
                    else:
                        raise AssertionError("the stream has ended")


def _as_headers(headers: dict[str, str]) -> list[str]:
    return [word for name, value in headers.items() for word in ("--header", f"{name}: {value}")]


async def test_a_cache_never_gives_one_account_what_another_one_got(
    tmp_path: Path, database: str, service_folder: Path, certificates: Certificates
) -> None:
    """Also one that is told to keep what is private: the answers vary with the account."""
    (service_folder / "cache").mkdir()
    cache = f"proxy_cache_path {service_folder}/cache keys_zone=answers:1m use_temp_path=off;"
    kept = "proxy_cache answers; add_header X-Cache $upstream_cache_status always;"
    disobedient = f"{kept} proxy_ignore_headers Cache-Control; proxy_cache_valid any 60s;"
    async with served(tmp_path, database) as (sandbox, dcs_mirror, service):
        first, second = sandbox.world.institutions
        one = await account(dcs_mirror, "one", "--hei", str(first))
        two = await account(dcs_mirror, "two", "--hei", str(second))
        gone = await account(dcs_mirror, "gone")
        for lines, may_hit in ((kept, False), (disobedient, True)):
            with nginx(service_folder, certificates, service, cache, lines) as port:
                hits = set()
                for _ in range(3):
                    for who, sees in ((one, {first}), (two, {second}), (gone, {first, second})):
                        for path in ("GetInstitutions", f"GetCourses?hei={first}"):
                            headers = {"Host": HOST, "Authorization": aiohttp.encode_basic_auth(*who)}
                            url = f"https://localhost:{port}{BASE}/{path}"
                            async with service.session.get(
                                url, headers=headers, ssl=_trusting(certificates)
                            ) as response:
                                found = await response.json(content_type=None)
                                hits.add(response.headers["X-Cache"])
                            if path == "GetInstitutions":
                                assert {each["id"] for each in found["institutions"]} == sees
                            else:
                                assert found["status-code"] == (100 if first in sees else 5)
                    for nobody in ({}, {"Authorization": aiohttp.encode_basic_auth("one", "wrong")}):
                        url = f"https://localhost:{port}{BASE}/GetInstitutions"
                        async with service.session.get(
                            url, headers={"Host": HOST} | nobody, ssl=_trusting(certificates)
                        ) as response:
                            assert (await response.json(content_type=None))["status-code"] == 3
                assert ("HIT" in hits) == may_hit, hits


async def test_only_the_trusted_proxy_says_who_a_person_is(
    tmp_path: Path, database: str, service_folder: Path, certificates: Certificates
) -> None:
    hashed = "{SSHA}" + base64.b64encode(_ssha(b"password", b"salt")).decode()
    (service_folder / "people").write_text(f"librarian:{hashed}\nstranger:{hashed}\n")
    signs_on = (
        f'auth_basic "Library"; auth_basic_user_file {service_folder}/people;'
        "proxy_set_header X-Forwarded-User $remote_user; proxy_set_header Authorization '';"
    )
    claim = {"X-Forwarded-User": "librarian"}
    async with served(tmp_path, database, trusted=PROXY) as (_, dcs_mirror, service):
        assert (await dcs_mirror("accounts", "add", "librarian", "--proxied")).code == 0

        async def code(url: str, **headers: str) -> int:
            sent_ = {name.replace("_", "-"): value for name, value in headers.items()}
            async with service.session.get(url, headers=sent_, ssl=_trusting(certificates)) as response:
                if response.status == 401:
                    return 401
                return int((await response.json(content_type=None))["status-code"])

        assert await code(f"{service.address}{BASE}/GetInstitutions", **claim) == 3
        with nginx(service_folder, certificates, service) as port:
            url = f"https://localhost:{port}{BASE}/GetInstitutions"
            for header in ("X-Forwarded-User", "x-forwarded-user", "X_Forwarded_User"):
                answer = await asyncio.to_thread(
                    _curl, url, "--header", f"Host: {HOST}", "--header", f"{header}: librarian"
                )
                assert b'"status-code":3' in answer, header
        text = CONFIGURATION.read_text(encoding="utf-8")
        assert 'proxy_set_header X-Forwarded-User "";' in text
        with _signing_on(service_folder, certificates, service, signs_on) as port:
            url = f"https://localhost:{port}{BASE}/GetInstitutions"
            librarian = aiohttp.encode_basic_auth("librarian", "password")
            stranger = aiohttp.encode_basic_auth("stranger", "password")
            assert await code(url, Host=HOST, Authorization=librarian) == 100
            assert await code(url, Host=HOST, Authorization=stranger) == 3
            assert await code(url, Host=HOST, Authorization=stranger, **claim) == 3
            assert await code(url, Host=HOST, **claim) == 401


def _ssha(password: bytes, salt: bytes) -> bytes:
    return hashlib.sha1(password + salt, usedforsecurity=False).digest() + salt


@contextmanager
def _signing_on(folder: Path, certificates: Certificates, service: Service, lines: str) -> Iterator[int]:
    """The shipped configuration, with a sign-on in the place of the line that lets nobody say who he is."""
    with nginx(folder, certificates, service) as _:
        pass
    text = (folder / "nginx.conf").read_text(encoding="utf-8")
    (folder / "nginx.conf").write_text(text.replace('proxy_set_header X-Forwarded-User "";', lines))
    (port,) = map(int, re.findall(r"listen (\d+) ssl", text))
    with running(folder, port, "nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")):
        yield port


async def test_what_two_programs_could_read_differently_is_refused_behind_nginx_too(
    tmp_path: Path, database: str, service_folder: Path, certificates: Certificates
) -> None:
    async with served(tmp_path, database) as (_, _dcs_mirror, service):
        plain = free_port()
        with nginx(service_folder, certificates, service, "", f"listen 127.0.0.1:{plain};") as _port:
            second = f"GET /readyz HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
            for method in (b"GET", b"POST"):
                for name, rest in SMUGGLED.items():
                    first = method + f" /v3/nothing HTTP/1.1\r\nHost: {HOST}\r\n".encode() + rest
                    found = statuses(await sent(plain, first + second))
                    refused = found[0] in {400, 501} and len(found) == 1
                    # nginx drops a header whose name has a blank, and unfolds lines: both then mean the same.
                    is_dropped = name in DROPPED and set(found) <= {400, 404, 405, 200}
                    assert refused or is_dropped, (method, name, found)
            # nginx takes a bare line feed for the end of a line, and sends the service none.
            lenient = f"GET /v3/nothing HTTP/1.1\nHost: {HOST}\n\n".encode()
            assert statuses(await sent(plain, lenient)) == [404]


DROPPED = {"a blank before the colon", "a folded line", "a carriage return alone"}
