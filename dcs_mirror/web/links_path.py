"""``POST /links``: which links of a list a student can open, as ``dcs-mirror links check`` says it."""

import re

import msgspec
from aiohttp import web

from dcs_mirror.beside import in_thread
from dcs_mirror.errors import SettingsError
from dcs_mirror.links import file as files
from dcs_mirror.upstream.fields import INT4_MAX
from dcs_mirror.web.bodies import body_of
from dcs_mirror.web.identity import Identity
from dcs_mirror.web.link_lists import BODY_SECONDS, LARGEST, LEAST_RATE, Asked, LinkLists
from dcs_mirror.web.problems import (
    NOT_THERE,
    Unsupported,
    WrongParameter,
    parameters_of,
    problem,
    whole_number,
)

TAKES = ("application/json", "text/csv", "text/plain")
_CSV = "text/csv"
_NAME = "the list"
_RANGE = re.compile(
    r"\s*([*a-z0-9.+-]+/[*a-z0-9.+-]+)\s*(?:;[^,]*?q\s*=\s*([0-9.]{1,5})[^,]*|;[^,]*)?(?:,|$)"
)


class _Links(msgspec.Struct):
    links: list[str | int]


class LinksPath:
    """Answers ``POST /links``.

    Args:
        identity: finds out who asks.
        lists: checks the lists.
    """

    def __init__(self, identity: Identity, lists: LinkLists) -> None:
        self._identity = identity
        self._lists = lists

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer with the list and what is known of each link, of the account's institutions only.

        Raises:
            WrongParameter, Unsupported, UnknownEncoding, TooLarge, TooSlow, NotAuthenticated, TooOften,
                DatabaseUnavailable: as the service says it in words.
        """
        parameters = parameters_of(request, known={"hei", "column"})
        hei_id = whole_number(parameters, "hei", least=1, most=INT4_MAX)
        name, access = await self._identity.of(request, hei_id)
        if hei_id is not None and not access.is_seen:
            return problem(404, NOT_THERE)
        kind = request.content_type
        if kind not in TAKES:
            raise Unsupported(TAKES)
        with self._lists.coming(name):
            body = await body_of(request, most=LARGEST, seconds=BODY_SECONDS, least_rate=LEAST_RATE)

            def read() -> Asked:
                return _read(kind, body, parameters.get("column"))

            try:
                async with self._lists.checked(read, hei_id=hei_id, scope=access.hei_ids) as checked:
                    if prefers_csv(request.headers.get("Accept")):
                        written = await in_thread(checked.as_csv)
                        return _response(written, f"{_CSV}; charset={checked.charset}")
                    written = await in_thread(msgspec.json.encode, {"links": checked.links})
                    return _response(written, "application/json")
            except SettingsError as error:
                raise WrongParameter(str(error)) from None


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


def _read(kind: str, body: bytes, column: str | None) -> Asked:
    """Return the list in a body, and its links. JSON has an answer for each link, also for an empty one.

    Raises:
        WrongParameter, SettingsError: if it cannot be read.
    """
    if kind == "application/json":
        texts = _texts(body)
        return files.of_texts(texts), list(enumerate(texts, start=1))
    listed = files.read(_NAME, body, column, only_lines=kind == "text/plain", only_text=True)
    return listed, listed.links


def _texts(body: bytes) -> list[str]:
    """Return the links of a JSON document.

    Raises:
        WrongParameter: if it is none.
    """
    try:
        return [str(each) for each in msgspec.json.decode(body, type=_Links).links]
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise WrongParameter('the body is not {"links": ["…", …]}') from None


def _response(body: bytes, content_type: str) -> web.Response:
    headers = {"Content-Type": content_type, "Cache-Control": "no-store", "Vary": "Authorization, Accept"}
    return web.Response(body=body, headers=headers)
