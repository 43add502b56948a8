"""What is told of a gateway that is not what the address says, and of answers that are too much (W2)."""

import asyncio
import gzip
import resource
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import stamina
from yarl import URL

from dcs_mirror import settings
from dcs_mirror.clock import Clock
from dcs_mirror.errors import CallRefused, CredentialsRefused, Retryable, UpstreamError, UpstreamUnavailable
from dcs_mirror.upstream.client import DcsClient
from dcs_mirror.upstream.unreached import untrusted

SUPPORT = Path(__file__).parents[1] / "support"
OK = b'{"status": "ok", "status-code": 100, "total-results": 0}'
PASSWORD = "Zebra7-and-more"


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1):
        yield


@asynccontextmanager
async def serving(*parts: bytes, repeat: int = 1, pause: float = 0, tls: str = "") -> AsyncIterator[int]:
    """Start a server that answers every request with these parts; the last one ``repeat`` times. Its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read(100)
            for part in (*parts, *parts[-1:] * (repeat - 1)):
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the client has seen enough
        finally:
            writer.close()

    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(SUPPORT / tls)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def error_of(address: str) -> UpstreamError:
    """The error of a call for the courses of an institution."""
    given = settings.load(api_url=address, api_username="u", api_password=PASSWORD, timeout=10)
    async with DcsClient(given, Clock()) as client:
        with pytest.raises(UpstreamError) as raised:
            await client.courses(209)
    text = str(raised.value)
    assert PASSWORD not in text
    assert "ssl:default" not in text
    assert "hei=" not in text
    assert text.isprintable()
    return raised.value


def answer(status: bytes, body: bytes = b"", *headers: bytes) -> bytes:
    length = b"Content-Length: %d" % len(body)
    return b"\r\n".join([b"HTTP/1.1 " + status, length, *headers, b"", body])


# An address that is not right


async def test_a_port_where_nothing_listens_is_told_as_such() -> None:
    for scheme in ("http", "https"):
        error = await error_of(f"{scheme}://127.0.0.1:9/v3")
        assert str(error) == (
            f"{scheme}://127.0.0.1:9 cannot be reached: connection refused: nothing listens on port 9, or a "
            "firewall refuses it"
        )


async def test_a_name_that_nobody_knows_is_told_as_such() -> None:
    error = await error_of("https://no-such-host.invalid/v3")
    assert "the name no-such-host.invalid is not known here" in str(error)


async def test_https_to_a_server_without_tls_is_told_as_such() -> None:
    async with serving(answer(b"400 Bad Request")) as port:
        error = await error_of(f"https://127.0.0.1:{port}/v3")
    assert "what listens there does not speak TLS; are scheme and port of the address right?" in str(error)


async def test_http_to_a_server_with_tls_hints_at_https() -> None:
    async with serving(OK, tls="self_signed.pem") as port:
        error = await error_of(f"http://127.0.0.1:{port}/v3")
    assert "if the server expects TLS, the address begins with https://" in str(error)
    page = b"<html><title>400 The plain HTTP request was sent to HTTPS port</title></html>"
    async with serving(answer(b"400 Bad Request", page)) as port:
        error = await error_of(f"http://127.0.0.1:{port}/v3")
    assert "The plain HTTP request was sent to HTTPS port" in str(error)


@pytest.mark.parametrize(
    ("certificate", "told"),
    [
        ("self_signed.pem", "self-signed certificate; if it is one of your own, let SSL_CERT_FILE"),
        ("own_ca.pem", "unable to get local issuer certificate; if the CA is one of your own"),
    ],
)
async def test_a_certificate_that_is_not_trusted_says_what_helps(certificate: str, told: str) -> None:
    async with serving(answer(b"200 OK", OK), tls=certificate) as port:
        error = await error_of(f"https://127.0.0.1:{port}/v3")
    assert isinstance(error, UpstreamUnavailable)
    assert f"the TLS certificate of https://127.0.0.1:{port} is not trusted: {told}" in str(error)


@pytest.mark.parametrize(
    ("certificate", "host", "told"),
    [
        ("expired.pem", "localhost", "certificate has expired; or the clock of this machine is wrong"),
        ("self_signed.pem", "api.example", "it is made out to another host: is the address right?"),
    ],
)
async def test_a_trusted_certificate_that_does_not_fit_says_why(
    certificate: str, host: str, told: str
) -> None:
    trusting = ssl.create_default_context(cafile=str(SUPPORT / certificate))
    async with serving(answer(b"200 OK", OK), tls=certificate) as port:
        with pytest.raises(ssl.SSLCertVerificationError) as raised:
            await asyncio.open_connection("127.0.0.1", port, ssl=trusting, server_hostname=host)
    error = untrusted(URL(f"https://127.0.0.1:{port}/v3/GetCourses?hei=209"), raised.value)
    assert str(error).startswith(f"the TLS certificate of https://127.0.0.1:{port} is not trusted: ")
    assert told in str(error)


async def test_a_404_names_the_path_and_the_version_that_is_missing() -> None:
    async with serving(
        answer(b"404 Not Found", b'{"statusCode": 404, "message": "Resource not found"}')
    ) as port:
        error = await error_of(f"http://127.0.0.1:{port}/dcs")
        assert isinstance(error, CallRefused)
        assert "HTTP 404 Not Found for /dcs/GetCourses: 'Resource not found'; is DCS_API_URL right?" in str(
            error
        )
        assert f"set DCS_API_URL=http://127.0.0.1:{port}/dcs/v3" in str(error)
        assert "set DCS_API_URL" not in str(await error_of(f"http://127.0.0.1:{port}/dcs/v3"))


@pytest.mark.parametrize(
    ("location", "told"),
    [
        (
            b"https://login.example/sso?token=abc",
            "a redirect to https://login.example, which is not followed",
        ),
        (b"/login?next=%2F", "a redirect to http://127.0.0.1:PORT, which is not followed"),
        (b"//other.example:8443/x", "a redirect to http://other.example:8443, which is not followed"),
        (b"http://[::1/", "a redirect, which is not followed"),
    ],
)
async def test_a_redirect_says_where_it_leads_and_is_not_followed(location: bytes, told: str) -> None:
    async with serving(answer(b"302 Found", b"", b"Location: " + location)) as port:
        error = await error_of(f"http://127.0.0.1:{port}/v3")
    assert isinstance(error, CallRefused)
    assert told.replace("PORT", str(port)) in str(error)
    assert "token" not in str(error)


async def test_a_web_page_in_place_of_an_answer_is_told_as_such() -> None:
    title = b"<title>Eduroam &amp; Guests: sign in</title>"
    page = b"<!DOCTYPE html>\n<html><head>" + title + b"<script>x</script></head></html>"
    async with serving(answer(b"200 OK", page)) as port:
        error = await error_of(f"http://127.0.0.1:{port}/v3")
    assert "the answer is a web page: 'Eduroam & Guests: sign in'" in str(error)


# Answers that are too much


@pytest.mark.parametrize("size", [9_000, 60_000])
async def test_w2_headers_of_many_kilobytes_are_read(size: int) -> None:
    async with serving(answer(b"200 OK", OK, b"Content-Security-Policy: " + b"a" * size)) as port:
        given = settings.load(api_url=f"http://127.0.0.1:{port}/v3", api_username="u", api_password="p")
        async with DcsClient(given, Clock()) as client:
            assert (await client.courses(209)).content is not None


async def test_w2_a_header_beyond_the_limit_is_told_as_such() -> None:
    async with serving(answer(b"200 OK", OK, b"X-Filler: " + b"a" * 200_000)) as port:
        error = await error_of(f"http://127.0.0.1:{port}/v3")
    assert "answered with a header of more than 65536 bytes, which is too long" in str(error)


CHUNK = b"10000\r\n" + b"<p>Zebra7 &#90; %5a \\u005a" + b"x" * (0x10000 - 26) + b"\r\n"
BOMB = gzip.compress(b"not now " * 8_000_000)
ENDLESS = {
    "60 MB": (
        answer(b"403 Forbidden", b"", b"")[:0]
        + b"HTTP/1.1 403 Forbidden\r\nContent-Length: 62914560\r\n\r\n",
        960,
    ),
    "chunked without an end": (b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n", 960),
    "without a length": (b"HTTP/1.1 403 Forbidden\r\n\r\n", 960),
}


@pytest.mark.parametrize(("head", "chunks"), ENDLESS.values(), ids=ENDLESS.keys())
async def test_w2_an_error_with_an_enormous_body_is_told_at_once(head: bytes, chunks: int) -> None:
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.process_time()
    async with serving(head, CHUNK, repeat=chunks) as port:
        error = await error_of(f"http://127.0.0.1:{port}/v3")
    assert isinstance(error, CredentialsRefused)
    assert time.process_time() - started < 3
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before.ru_maxrss
    assert grown < 40_000, f"{grown} KiB"


async def test_w2_a_compressed_bomb_as_an_error_is_told_at_once() -> None:
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.process_time()
    async with serving(answer(b"403 Forbidden", BOMB, b"Content-Encoding: gzip")) as port:
        error = await error_of(f"http://127.0.0.1:{port}/v3")
    assert "'not now not now" in str(error)
    assert time.process_time() - started < 3
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before.ru_maxrss
    assert grown < 60_000, f"{grown} KiB"


async def test_w2_an_error_whose_body_drips_is_told_before_the_time_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dcs_mirror.upstream.http.ERROR_SECONDS", 0.3)
    head = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 1000\r\n\r\nIP blocked"
    async with serving(head, b".", repeat=900, pause=0.05) as port:
        started = time.monotonic()
        error = await error_of(f"http://127.0.0.1:{port}/v3")
    assert time.monotonic() - started < 5
    assert "HTTP 403 Forbidden: 'IP blocked" in str(error)


async def test_w2_a_large_answer_that_is_an_error_is_searched_quickly() -> None:
    said = b'{"status": "error", "status-code": 7, "status-message": "%s", "filler": "%s"}'
    body = said % (b"No.", b"\\u0026 &amp; %20" * 1_000_000)
    started = time.process_time()
    async with serving(answer(b"200 OK", body)) as port:
        error = await error_of(f"http://127.0.0.1:{port}/v3")
        assert "No." in str(error)
    assert time.process_time() - started < 5
    deep = b'{"filler": "%s", "status": "error", "status-code": 7, "status-message": "%s"}'
    body = deep % (b"x" * 200_000, b"a" * 190 + PASSWORD.encode())
    async with serving(answer(b"200 OK", body)) as port:
        error = await error_of(f"http://127.0.0.1:{port}/v3")
    assert "Zebra" not in str(error)
    assert isinstance(error, CallRefused)


async def test_w2_a_redirect_page_or_a_503_of_maintenance_may_be_retried() -> None:
    async with serving(
        answer(b"503 Service Unavailable", b"<html><title>Maintenance until 6</title></html>")
    ) as port:
        error = await error_of(f"http://127.0.0.1:{port}/v3")
    assert isinstance(error, Retryable)
    assert "HTTP 503 Service Unavailable: 'Maintenance until 6'" in str(error)
