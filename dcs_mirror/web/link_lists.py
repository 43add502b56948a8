"""Lists of links over HTTP: which of them a student can open, as ``dcs-mirror links check`` says it."""

import asyncio
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from aiohttp import web

from dcs_mirror.csv_text import write_rows
from dcs_mirror.database.connections import Pool
from dcs_mirror.errors import SettingsError
from dcs_mirror.links import check
from dcs_mirror.links import file as files
from dcs_mirror.links.check import Link
from dcs_mirror.links.file import LinkFile
from dcs_mirror.links.table import with_answers
from dcs_mirror.upstream.fields import INT4_MAX
from dcs_mirror.web.identity import Identity, TooOften
from dcs_mirror.web.problems import (
    NOT_THERE,
    TooLarge,
    Unsupported,
    WrongParameter,
    body_of,
    parameters_of,
    problem,
    whole_number,
)

LARGEST = 16 * 2**20
"""Bytes of a list."""
MOST_LINKS = 150_000
BODY_SECONDS = 60.0
"""How long a list may take to come."""
MOST_WAITING = 5
"""One list is checked at a time, and others wait."""
AGAIN_SECONDS = 10.0

TAKES = ("application/json", "text/csv", "text/plain")
_CSV = "text/csv"
_NAME = "the list"
_RANGE = re.compile(
    r"\s*([*a-z0-9.+-]+/[*a-z0-9.+-]+)\s*(?:;[^,]*?q\s*=\s*([0-9.]{1,5})[^,]*|;[^,]*)?(?:,|$)"
)


class _Links(msgspec.Struct):
    links: list[str | int]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a client sent: the list, and its links with the numbers of their lines."""

    listed: LinkFile
    links: Sequence[tuple[int, str]]


class LinkLists:
    """Answers ``POST /links``.

    Args:
        identity: finds out who asks.
        pool: connections that only read.
    """

    def __init__(self, identity: Identity, pool: Pool) -> None:
        self._identity = identity
        self._pool = pool
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer with the list and what is known of each link, of the account's institutions only.

        Raises:
            WrongParameter, Unsupported, TooLarge, TooSlow, NotAuthenticated, TooOften, DatabaseUnavailable:
                as the service says it in words.
        """
        parameters = parameters_of(request, known={"hei", "column"})
        hei_id = whole_number(parameters, "hei", least=1, most=INT4_MAX)
        _, access = await self._identity.of(request, hei_id)
        if hei_id is not None and not access.is_seen:
            return problem(404, NOT_THERE)
        kind = request.content_type
        if kind not in TAKES:
            raise Unsupported(TAKES)
        if self._waiting >= MOST_WAITING:
            raise TooOften(AGAIN_SECONDS)
        self._waiting += 1
        try:
            body = await body_of(request, most=LARGEST, seconds=BODY_SECONDS)
            async with self._turn:
                asked = await asyncio.to_thread(_read, kind, body, parameters.get("column"))
                async with self._pool.acquire() as connection:
                    found = await check.check(
                        connection,
                        [text for _, text in asked.links],
                        hei_id=hei_id,
                        scope=access.hei_ids,
                        lines=[line for line, _ in asked.links],
                    )
                if not prefers_csv(request.headers.get("Accept")):
                    written = await asyncio.to_thread(msgspec.json.encode, {"links": found})
                    return _response(written, "application/json")
                written = await asyncio.to_thread(_csv, asked.listed, found)
                return _response(written, f"{_CSV}; charset={_charset(asked.listed)}")
        finally:
            self._waiting -= 1


def prefers_csv(accept: str | None) -> bool:
    """Whether a client would rather have CSV than JSON, by its Accept header."""
    weights = {name: _weight(weight) for name, weight in _RANGE.findall((accept or "").lower()[:1000])}

    def weight(name: str) -> float:
        kind = name.partition("/")[0]
        return next((weights[each] for each in (name, f"{kind}/*", "*/*") if each in weights), 0.0)

    return weight(_CSV) > weight("application/json")


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0


def _read(kind: str, body: bytes, column: str | None) -> _Asked:
    """Return the links of a body.

    Raises:
        WrongParameter: if it cannot be read.
        TooLarge: if it has too many links.
    """
    try:
        if kind == "application/json":
            texts = _texts(body)
            asked = _Asked(files.of_texts(texts), list(enumerate(texts, start=1)))
        else:
            listed = files.read(_NAME, body, column, only_lines=kind == "text/plain", only_text=True)
            asked = _Asked(listed, listed.links)
    except SettingsError as error:
        raise WrongParameter(str(error)) from None
    if len(asked.listed.rows) > MOST_LINKS:
        raise TooLarge(f"the list may have {MOST_LINKS} lines")
    return asked


def _texts(body: bytes) -> list[str]:
    """Return the links of a JSON document.

    Raises:
        WrongParameter: if it is none.
    """
    try:
        return [str(each) for each in msgspec.json.decode(body, type=_Links).links]
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise WrongParameter('the body is not {"links": ["…", …]}') from None


def _csv(listed: LinkFile, found: Sequence[Link]) -> bytes:
    text = io.StringIO()
    write_rows(text, with_answers(listed, found), separator=listed.separator)
    return text.getvalue().encode(listed.encoding, "replace")


def _charset(listed: LinkFile) -> str:
    return {"utf-8-sig": "utf-8", "cp1252": "windows-1252"}.get(listed.encoding, listed.encoding)


def _response(body: bytes, content_type: str) -> web.Response:
    headers = {"Content-Type": content_type, "Cache-Control": "no-store", "Vary": "Authorization, Accept"}
    return web.Response(body=body, headers=headers)
