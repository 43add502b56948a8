"""The description of the service, OpenAPI 3.1, from one declaration of what it answers. No I/O.

The dashboard's pages are for people, so they are not described.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import msgspec
from aiohttp import web

from dcs_mirror.version import __version__
from dcs_mirror.web import openapi_schemas as schemas
from dcs_mirror.web.dcs_words import BASES
from dcs_mirror.web.openapi_schemas import Schema
from dcs_mirror.writes.commands import AmendCourse, SubmitCourse, SubmitRequest, Write

PATH = "/openapi.json"
_SECONDS = 3600
"""How long a client may keep it."""

Answer: TypeAlias = Mapping[str, Schema]
"""The media types of an answer or a body, with their schemas."""

_TEXT = {"text/plain": schemas.TEXT}
_PROBLEM = {"application/problem+json": schemas.ref("Problem")}
_PAGE = {"text/html": schemas.TEXT}
_PROBLEMS = dict.fromkeys(("400", "401", "404", "429", "503"), _PROBLEM)
_CONDITIONS = {
    "Cache-Control": "max-age=SECONDS or no-cache: not older than that, for accounts that may refresh",
    "If-None-Match": "the ETag of an answer that the client has",
    "If-Modified-Since": "the Last-Modified of an answer that the client has",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a path.

    Attributes:
        verb: the HTTP method, in small letters.
        path: with the names of its variable parts in braces.
        summary: what it does.
        answers: by HTTP status.
        query: the parameters of its query.
        required: the names of those that must be given.
        headers: names of headers that change the answer, and what they say.
        body: what it takes as a body.
        needs_account: whether it is for accounts only.
    """

    verb: str
    path: str
    summary: str
    answers: Mapping[str, Answer]
    query: Mapping[str, Schema] = field(default_factory=dict)
    required: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Answer | None = None
    needs_account: bool = True

    def described(self) -> dict[str, Any]:
        """Return it as OpenAPI has it."""
        parameters: list[dict[str, Any]] = [
            {"name": name, "in": "path", "required": True, "schema": schemas.PATH_PART}
            for name in re.findall(r"\{(\w+)\}", self.path)
        ]
        parameters += [
            {"name": name, "in": "query", "required": name in self.required, "schema": schema}
            for name, schema in self.query.items()
        ]
        parameters += [
            {"name": name, "in": "header", "description": said, "schema": schemas.TEXT}
            for name, said in self.headers.items()
        ]
        made: dict[str, Any] = {
            "operationId": re.sub(r"\W+", "_", f"{self.verb}{self.path}").strip("_"),
            "summary": self.summary,
            "parameters": parameters,
            "responses": {status: _answered(status, answer) for status, answer in self.answers.items()},
            "security": [{"account": []}] if self.needs_account else [],
        }
        if self.body is not None:
            made["requestBody"] = {"required": True, "content": _content(self.body)}
        return made


def _content(answer: Answer) -> dict[str, Any]:
    return {kind: {"schema": schema} for kind, schema in answer.items()}


def _answered(status: str, answer: Answer) -> dict[str, Any]:
    described = {"description": schemas.STATUSES[status]}
    return described | ({"content": _content(answer)} if answer else {})


def _reading() -> Iterator[Operation]:
    queries: dict[str, tuple[str, dict[str, Schema], list[str]]] = {
        "GetInstitutions": ("The institutions that the account sees and the DCS lists.", {}, []),
        "GetCourses": ("The courses of an institution.", {"hei": schemas.HEI}, ["hei"]),
        "GetCourseContent": (
            "The items of a course, or one item by a request id of any year.",
            {"hei": schemas.HEI, "code": schemas.CODE, "Request-ID": schemas.ID},
            ["hei"],
        ),
    }
    for base in BASES:
        for method, (summary, query, required) in queries.items():
            answers: dict[str, Answer] = {
                "200": {"application/json": schemas.either(method, "Error")},
                "304": {},
                "429": {"application/json": schemas.ref("Gateway")},
            }
            yield Operation("get", f"{base}/{method}", summary, answers, query, required, _CONDITIONS)


def _writing() -> Iterator[Operation]:
    methods: dict[type[Write], tuple[str, str, list[str], dict[str, Schema]]] = {
        SubmitRequest: (
            "post",
            "Requests an extract, for accounts that may write.",
            ["AcademicName", "EmailAddress", "IsBook"],
            {"Again": schemas.BOOLEAN},
        ),
        SubmitCourse: (
            "post",
            "Submits a course, for accounts that may write.",
            ["CourseCode", "CourseName"],
            {},
        ),
        AmendCourse: (
            "put",
            "Amends a course, for accounts that may write; what is left out stays.",
            ["CourseCode"],
            {"ConfirmDeletion": schemas.CODE},
        ),
    }
    answers: dict[str, Answer] = {
        "200": {"application/json": schemas.either("Written", "Error")},
        "429": {"application/json": schemas.ref("Gateway")},
    }
    for base in BASES:
        for kind, (verb, summary, required, further) in methods.items():
            query = {name: schemas.of_parameter(name) for name in kind.__struct_encode_fields__} | further
            yield Operation(verb, f"{base}/{kind.method}", summary, answers, query, ["hei", *required])


def _further() -> Iterator[Operation]:
    changes: dict[str, Answer] = {
        "200": {"application/json": schemas.ref("Changes"), "text/event-stream": schemas.TEXT},
        "410": _PROBLEM,
    }
    yield Operation(
        "get",
        "/api/changes",
        "Changes after one, as a page or as a stream.",
        _PROBLEMS | changes,
        {"after": schemas.NUMBER, "hei": schemas.HEI, "limit": schemas.LIMIT},
        headers={"Last-Event-ID": "of a stream: the last change that was received"},
    )
    lists: dict[str, Answer] = {
        "200": {"application/json": schemas.ref("Links"), "text/csv": schemas.TEXT},
        **dict.fromkeys(("408", "413", "415"), _PROBLEM),
    }
    yield Operation(
        "post",
        "/links",
        "Which of these links a student can open; else why not and since when.",
        _PROBLEMS | lists,
        {"hei": schemas.HEI, "column": schemas.CODE},
        body={
            "application/json": schemas.ref("LinkList"),
            "text/csv": schemas.TEXT,
            "text/plain": schemas.TEXT,
        },
    )
    gone = {"302": {}, "404": _PAGE, "410": _PAGE, "429": _PROBLEM, "503": _PAGE}
    for path in ("/go/{id}", "/go/{hei}/{id}"):
        yield Operation(
            "get",
            path,
            "Leads to an item's link, by its GUID or a request id of any year.",
            gone,
            {"lang": {"enum": ["en", "cy"]}},
            headers={"Accept-Language": "en or cy"},
            needs_account=False,
        )
    monitor = "For a monitor: {}."
    for path, said, answers in (
        ("/metrics", "figures for Prometheus", {"200": _TEXT}),
        ("/healthz", "the process lives", {"200": _TEXT}),
        ("/readyz", "the database is there, with this release's schema", {"200": _TEXT, "503": _TEXT}),
        (PATH, "this description", {"200": {"application/json": {"type": "object"}}}),
    ):
        yield Operation("get", path, monitor.format(said), answers, needs_account=False)


OPERATIONS = (*_reading(), *_writing(), *_further())
"""All that the service answers, but for pages for people."""


def document() -> dict[str, Any]:
    """Return the description."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.verb] = operation.described()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "dcs-mirror",
            "version": __version__,
            "description": (
                "The DCS's methods from a mirror, permanent links and a stream of changes. An account sees "
                "its institutions only."
            ),
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas.SCHEMAS,
            "securitySchemes": {"account": {"type": "http", "scheme": "basic"}},
        },
    }


_BODY = msgspec.json.encode(document())


async def handle(_: web.Request) -> web.StreamResponse:
    """Answer with the description; needs no account."""
    headers = {"Content-Type": "application/json", "Cache-Control": f"public, max-age={_SECONDS}"}
    return web.Response(body=_BODY, headers=headers)
