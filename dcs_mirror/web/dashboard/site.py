"""What every page has: who looks, the database as far as they may see it, and errors as pages."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

from aiohttp import web

from dcs_mirror.beside import in_thread
from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.upstream.fields import INT4_MAX
from dcs_mirror.web.dashboard import exchange, forms, render, tables
from dcs_mirror.web.dashboard.forms import Forgery, Forms
from dcs_mirror.web.dashboard.kept import KeptLists
from dcs_mirror.web.dashboard.parts import Parts
from dcs_mirror.web.dashboard.people import People, Person, Sessions
from dcs_mirror.web.dashboard.refusals import NotAllowed, NotThere, error_page
from dcs_mirror.web.dashboard.tables import Asked, Download, Listing, Table
from dcs_mirror.web.dashboard.uploads import Upload, sent_by
from dcs_mirror.web.dashboard.wording import SAID, UNDONE
from dcs_mirror.web.identity import peer
from dcs_mirror.web.problems import digits, query_of

STATEMENTS = sql.by_name(Path(__file__).parent / "sql")
PAGES_AT_ONCE, FILES_AT_ONCE = 3, 1
"""How many pages and files are read at once, so that connections are left for programs.

A file holds its connection until its reader has taken all of it, which must keep no page waiting.
"""

# Plans of an institution do not fit a page of all.
SETTINGS = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)"

_MOST_WORDS = 20
_LITERALLY = str.maketrans({"%": r"\%", "_": r"\_", "\\": r"\\"})


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a person, with a connection that sees what was there when it began.

    Attributes:
        person: who looks; None on pages for everybody.
        connection: only reads, in a transaction.
        parameters: of the address.
        form: what a form that is sent holds; its token was checked.
        files: what it has of files, by the names of their fields.
        path: of the page that is shown, if that is not the one that was asked for.
    """

    site: "Site"
    request: web.Request
    person: Person | None
    connection: Connection
    parameters: Mapping[str, str]
    form: Mapping[str, str]
    now: datetime
    files: Mapping[str, bytes] = field(default_factory=dict)
    path: str | None = None

    @property
    def parts(self) -> Parts:
        """What the dashboard uses of the service."""
        return self.site.parts

    @property
    def asked(self) -> Asked:
        """The address, to make others of it."""
        return Asked(quote(self._shown), self.parameters)

    @property
    def _shown(self) -> str:
        return self.request.rel_url.path if self.path is None else self.path

    def instead(self, path: str, **parameters: str) -> "Visit":
        """Return the visit of another page, to show it, with what was sent, in answer to a form."""
        return replace(self, path=path, parameters=parameters)

    def number(self, name: str) -> int:
        """Return a part of the path that is a whole number.

        Raises:
            NotThere: if it is none.
        """
        number = digits(self.request.match_info[name])
        if number is None:
            raise NotThere
        return number

    @property
    def hei_id(self) -> int:
        """The institution that the path names.

        Raises:
            NotThere: if none can have this number.
        """
        number = self.number("hei_id")
        if number > INT4_MAX:
            raise NotThere
        return number

    def text(self, name: str) -> str | None:
        """Return a parameter of the address without blanks around it; None if it is empty or not there."""
        return self.parameters.get(name, "").replace("\x00", "").strip()[:1000] or None

    def institution(self, name: str = "hei") -> int | None:
        """Return the institution that a parameter names; None if none does."""
        return digits(self.text(name), most=9)

    def chosen(self, institutions: Sequence[Mapping[str, Any]]) -> int | None:
        """Return the institution that the address names, or the only one that the person sees."""
        only = institutions[0]["hei_id"] if len(institutions) == 1 else None
        return self.institution() or only

    def may(self, right: str) -> bool:
        """Whether the person may ``refresh``, ``acknowledge`` or ``write``."""
        return self.person is not None and right in self.person.may

    def _values(self, values: Mapping[str, object]) -> Mapping[str, object]:
        # Nobody sees no institution, which an empty list says.
        seen = () if self.person is None else self.person.hei_ids
        return {**values, "hei_ids": None if seen is None else list(seen)}

    async def rows(self, statement: str, **values: object) -> list[Any]:
        """Return the rows of a statement in ``sql/``; it is told which institutions the person sees."""
        found: list[Any] = await self.connection.fetch(*STATEMENTS[statement].bind(self._values(values)))
        return found

    async def every(
        self, statement: str, *, sort: str, is_descending: bool = False, **values: object
    ) -> list[Any]:
        """Return all rows of a table's statement, in the order of one of its columns."""
        order = {"sort": sort, "is_descending": is_descending, "skip": 0, "most": None}
        return await self.rows(statement, **order, **values)

    async def row(self, statement: str, **values: object) -> Any:
        """Return the only row of a statement in ``sql/``.

        Raises:
            NotThere: if there is none that the person sees.
        """
        found = await self.connection.fetchrow(*STATEMENTS[statement].bind(self._values(values)))
        if found is None:
            raise NotThere
        return found

    async def listing(self, table: Table, **values: object) -> Listing:
        """Return the part of a table that the address asks for; as a file, if it asks for that."""
        return await tables.listing(
            self.connection,
            table,
            STATEMENTS[table.statement or table.name],
            self._values(values),
            self.asked,
        )

    async def listing_and_all(self, table: Table, **values: object) -> tuple[Listing, Sequence[Any]]:
        """Return the part of a table that the address asks for, and all its rows, read once."""
        return await tables.listing_and_all(
            self.connection,
            table,
            STATEMENTS[table.statement or table.name],
            self._values(values),
            self.asked,
        )

    def page(self, template: str, *, title: str, status: int = 200, **context: object) -> web.Response:
        """Return a page.

        Args:
            template: the name of a file in ``templates/``, which extends ``base.html``.
            title: of the page; its first heading, too.
            status: the HTTP status.
            context: what the template names.
        """
        return self.site.page(
            self.person,
            self._shown,
            template,
            title=title,
            status=status,
            said=SAID.get(said := self.parameters.get("said", "")),
            is_undone=said in UNDONE,
            now=self.now,
            asked=self.asked,
            **context,
        )

    def redirect(self, path: str, *, said: str | None = None, **parameters: object) -> web.Response:
        """Lead to another page, which says what was done; ``said`` is a key of ``SAID``."""
        wanted = {**parameters, **({} if said is None else {"said": said})}
        location = f"{path}?{urlencode(wanted)}" if wanted else path
        return web.Response(status=303, headers={"Location": location, "Cache-Control": "no-store"})


Later: TypeAlias = Callable[[], Awaitable[web.StreamResponse]]
"""What makes an answer without the visit's connection and place, because it takes long."""
Handler: TypeAlias = Callable[[Visit], Awaitable[web.StreamResponse | Later]]


class Site:
    """The pages. A page is added with :meth:`get` and :meth:`post`; see `pages/`.

    Args:
        application: what they are added to.
        parts: of the service.
        is_open: whether a person of this machine may look without any account.
    """

    def __init__(self, application: web.Application, parts: Parts, *, is_open: bool) -> None:
        self.parts = parts
        self.forms = Forms()
        self.sessions = Sessions()
        self.kept = KeptLists()
        self.navigation: list[tuple[str, str]] = []
        self._router = application.router
        self._people = People(parts.identity, self.sessions, is_open=is_open)
        self._pages = asyncio.Semaphore(PAGES_AT_ONCE)
        self._files = asyncio.Semaphore(FILES_AT_ONCE)
        self._writing = asyncio.Lock()
        self._router.add_get("/static/{name}", render.static)

    def get(
        self, path: str, handler: Handler, *, navigation: str | None = None, is_public: bool = False
    ) -> None:
        """Add a page.

        Args:
            path: its path, as aiohttp writes it: ``/items/{item_key}``.
            handler: makes the page.
            navigation: what the navigation calls it; None if it is not there.
            is_public: whether people see it who are not signed in.
        """
        if navigation is not None:
            self.navigation.append((path, navigation))

        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._answer(request, handler, is_public=is_public)

        self._router.add_get(path, handle)

    def post(
        self,
        path: str,
        handler: Handler,
        *,
        right: str | None = None,
        is_public: bool = False,
        has_file: bool = False,
    ) -> None:
        """Add a form that is sent. It is from a page of ours, and holds ``csrf``, or is refused.

        Args:
            path: its path.
            handler: does it, and leads to a page.
            right: what the person's account must be allowed.
            is_public: whether people send it who are not signed in.
            has_file: whether it has a file, which may be as large as a list of links.
        """

        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._answer(
                request, handler, is_public=is_public, right=right, changes=True, has_file=has_file
            )

        self._router.add_post(path, handle)

    def page(
        self, person: Person | None, path: str, template: str, *, status: int = 200, **context: object
    ) -> web.Response:
        """Return a page; ``path`` is where it is, for the navigation."""
        given = {"said": None, "is_undone": False, "parameters": {}, **context}
        return render.Page(template, status=status, **self._around(person, path), **given)

    def _around(self, person: Person | None, path: str) -> dict[str, object]:
        """Return what every page has to know of who looks and where."""
        return {
            "person": person,
            "path": path,
            "navigation": self.navigation if person else (),
            "csrf": None if person is None else self.forms.token(person.bound_to),
        }

    async def _answer(
        self,
        request: web.Request,
        handler: Handler,
        *,
        is_public: bool,
        right: str | None = None,
        changes: bool = False,
        has_file: bool = False,
    ) -> web.StreamResponse:
        person: Person | None = None
        try:
            if changes:
                forms.check_origin(request.headers.get("Origin"), request.headers.get("Host"))
            parameters = dict(query_of(request))
            async with AsyncExitStack() as coming:
                if has_file and not await self._may_upload(request, coming):
                    return exchange.to_sign_in(request, changes=True)
                sent = await sent_by(request, has_file=has_file) if changes else Upload()
                async with self._connection(is_file=tables.DOWNLOAD in parameters) as connection:
                    person = await self._people.of(request, connection, time.monotonic())
                    if person is None and not is_public:
                        return exchange.to_sign_in(request, changes=changes)
                    if changes and not is_public:
                        self.forms.check(sent.texts.get("csrf"), person.bound_to if person else "")
                    _require(right, person)
                    now = self.parts.clock.now()
                    visit = Visit(self, request, person, connection, parameters, sent.texts, now, sent.files)
                    try:
                        answer = await handler(visit)
                    except Download as download:
                        return await exchange.sent(request, connection, download)
                answered = answer if isinstance(answer, web.StreamResponse) else await answer()
                return await self._filled(answered) if isinstance(answered, render.Page) else answered
        except Exception as error:  # noqa: BLE001 - told and logged
            if isinstance(error, (Forgery, NotAllowed)):
                self._refused(request, person, right or "form")
            return error_page(error, **self._around(person, request.rel_url.path))

    async def _filled(self, page: render.Page) -> render.Page:
        """Write a page in a thread: in the loop, it would keep all other requests waiting.

        One at a time, because the loop waits for its turn with each thread that works.
        """
        async with self._writing:
            return await in_thread(page.fill)

    @asynccontextmanager
    async def _connection(self, *, is_file: bool) -> AsyncIterator[Connection]:
        """Wait for a place and a connection, which sees what was there when it began."""
        async with (
            self._files if is_file else self._pages,
            self.parts.pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            await connection.execute(exchange.FILE_SETTINGS if is_file else SETTINGS)
            yield connection

    async def _may_upload(self, request: web.Request, stack: AsyncExitStack) -> bool:
        """Whether who sends a file is signed in, before it is read; then it has a place until the answer."""
        async with self.parts.pool.acquire() as connection:
            person = await self._people.of(request, connection, time.monotonic())
        if person is not None:
            stack.enter_context(self.parts.lists.coming(person.name or ""))
        return person is not None

    def _refused(self, request: web.Request, person: Person | None, right: str) -> None:
        self.parts.record.refused(None if person is None else person.name, peer(request), right)


def patterns(text: str) -> list[str]:
    """Return what each word of a text is looked for with, wherever it stands."""
    return [f"%{word.translate(_LITERALLY)}%" for word in text.split()[:_MOST_WORDS]]


def _require(right: str | None, person: Person | None) -> None:
    if right is not None and (person is None or right not in person.may):
        raise NotAllowed(right)
