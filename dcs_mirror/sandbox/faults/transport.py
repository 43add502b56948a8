"""Kinds of fault outside the content: gateways, slow and broken connections, sizes, encodings. No I/O."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from dcs_mirror.sandbox import render
from dcs_mirror.sandbox.faults.fault import (
    JSON,
    Fault,
    Positive,
    Reached,
    Reply,
    Seconds,
    TrueAnswer,
    whole,
)

_HTML = {"Content-Type": "text/html; charset=utf-8"}
_GZIP = {**JSON, "Content-Encoding": "gzip"}
_BLANKS = b" " * 65_536
# A line break in a header would start another header, or another answer.
HeaderText: TypeAlias = Annotated[str, Meta(pattern=r"^[ -~]+\Z")]


class Status(Fault, frozen=True, tag="status"):
    """An HTTP error (W2) of a web server or a gateway; `retry_after` is in seconds, or a text to be sent."""

    status: Annotated[int, Meta(ge=400, le=599)]
    body: Literal["html", "json", "none"] = "html"
    retry_after: Annotated[int, Meta(ge=0, le=86_400)] | HeaderText | None = None
    retry_after_form: Literal["seconds", "date"] = "seconds"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.retry_after_form == "date" and not isinstance(self.retry_after, int):
            raise ValueError("retry_after_form: a date needs a retry_after in seconds")

    @property
    def lets_through(self) -> bool:
        """A 4xx is a refusal before the call is carried out; a 5xx may be the loss of its answer."""
        return self.status >= 500

    def reply(self, answer: TrueAnswer) -> Reply:
        headers, body = self._page()
        if isinstance(self.retry_after, int) and self.retry_after_form == "date":
            date = answer.at + timedelta(seconds=self.retry_after)
            headers |= {"Retry-After": format_datetime(date, usegmt=True)}
        elif self.retry_after is not None:
            headers |= {"Retry-After": str(self.retry_after)}
        return Reply(status=self.status, headers=headers, chunks=(body,), length=len(body))

    def _page(self) -> tuple[dict[str, str], bytes]:
        match self.body:
            case "html":
                page = f"<html><head><title>{self.status}</title></head><body>Not now</body></html>\n"
                return dict(_HTML), page.encode()
            case "json":
                return dict(JSON), render.encode({"statusCode": self.status, "message": "Not now"})
            case "none":
                return {}, b""


class Error(Fault, frozen=True, tag="error"):
    """A refusal in the envelope, with HTTP 200 (W2, W3)."""

    code: Annotated[int, Meta(ge=1, le=7)]
    message: str = "Refused by a scripted fault"

    @property
    def lets_through(self) -> bool:
        """Code 4 may come after the work was done; the others come before."""
        return self.code == 4

    def reply(self, _: TrueAnswer) -> Reply:
        body = render.failure(self.code, self.message)
        return Reply(chunks=(body,), length=len(body))


class Redirect(Fault, frozen=True, tag="redirect"):
    """A redirect, by default to a host that cannot exist."""

    location: HeaderText = "https://elsewhere.sandbox.invalid/"
    status: Literal[301, 302, 303, 307, 308] = 302

    @property
    def lets_through(self) -> bool:
        """A redirected call is not carried out."""
        return False

    def reply(self, _: TrueAnswer) -> Reply:
        return Reply(status=self.status, headers={"Location": self.location}, chunks=(), length=0)


class SlowStart(Fault, frozen=True, tag="slow-start"):
    """The true answer, with its first byte delayed."""

    seconds: Seconds

    def reply(self, answer: TrueAnswer) -> Reply:
        return replace(whole(answer, answer.body), delay=self.seconds)


class Drip(Fault, frozen=True, tag="drip"):
    """The true answer, `bytes` at a time."""

    bytes: Positive = 1
    every: Seconds = 0.1

    def reply(self, answer: TrueAnswer) -> Reply:
        body = answer.body
        drops = (body[at : at + self.bytes] for at in range(0, len(body), self.bytes))
        return replace(whole(answer, body), chunks=drops, pause=self.every)


class Hang(Fault, frozen=True, tag="hang"):
    """Stops sending and keeps the connection open."""

    at: Reached = "start"

    def reply(self, answer: TrueAnswer) -> Reply:
        return _broken_off(answer, self.at, "hang")


class Reset(Fault, frozen=True, tag="reset"):
    """The connection is reset (TCP RST)."""

    at: Reached = "start"

    def reply(self, answer: TrueAnswer) -> Reply:
        return _broken_off(answer, self.at, "reset")


class Cut(Fault, frozen=True, tag="cut"):
    """Announces the true answer, sends the first part of it (`keep`) and closes the connection."""

    keep: Annotated[float, Meta(ge=0, lt=1)] = 0.5

    def reply(self, answer: TrueAnswer) -> Reply:
        sent = answer.body[: int(len(answer.body) * self.keep)]
        return replace(whole(answer, answer.body), chunks=(sent,), ending="close")


class Huge(Fault, frozen=True, tag="huge"):
    """The true answer, padded with blanks to `bytes`; with a Content-Length if `announced`."""

    bytes: Positive
    announced: bool = True

    def reply(self, answer: TrueAnswer) -> Reply:
        length = max(self.bytes, len(answer.body)) if self.announced else None
        return replace(whole(answer, answer.body), chunks=_padded(answer.body, self.bytes), length=length)


class GzipPlain(Fault, frozen=True, tag="gzip-plain"):
    """The true answer uncompressed, with a header that says gzip."""

    def reply(self, answer: TrueAnswer) -> Reply:
        return whole(answer, answer.body, _GZIP)


class GzipCut(Fault, frozen=True, tag="gzip-cut"):
    """The first part (`keep`) of the compressed true answer, in valid HTTP."""

    keep: Annotated[float, Meta(ge=0, lt=1)] = 0.5

    def reply(self, answer: TrueAnswer) -> Reply:
        stream = gzip.compress(answer.body, mtime=0)
        return whole(answer, stream[: int(len(stream) * self.keep)], _GZIP)


class GzipBomb(Fault, frozen=True, tag="gzip-bomb"):
    """The true answer, padded with blanks to `bytes` and compressed to about a thousandth of that."""

    bytes: Positive

    def reply(self, answer: TrueAnswer) -> Reply:
        stream = _compressed(_padded(answer.body, self.bytes))
        return replace(whole(answer, b"", _GZIP), chunks=stream, length=None)


def _broken_off(answer: TrueAnswer, reached: Reached, ending: Literal["hang", "reset"]) -> Reply:
    body = answer.body
    sent = body[: len(body) // 2] if reached == "body" else b""
    return replace(whole(answer, body), chunks=(sent,), headless=reached == "start", ending=ending)


def _padded(body: bytes, size: int) -> Iterator[bytes]:
    """`body` and trailing blanks, which JSON allows, up to `size` bytes in all."""
    yield body
    for missing in range(size - len(body), 0, -len(_BLANKS)):
        yield _BLANKS[:missing]


def _compressed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Compress to one gzip stream; some chunks are empty, because blanks compress well."""
    gzipped = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    for chunk in chunks:
        yield gzipped.compress(chunk)
    yield gzipped.flush()
