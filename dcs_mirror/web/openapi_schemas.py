"""The schemas of what the service takes and answers, as JSON Schema 2020-12 has them. No I/O."""

from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any, TypeAlias, get_args

from dcs_mirror.links.check import Link
from dcs_mirror.upstream.fields import INT4_MAX, INT8_MAX
from dcs_mirror.writes.commands import CourseStatus

Schema: TypeAlias = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
PATH_PART: Schema = {"type": "string", "pattern": "^[^/]+$"}
BOOLEAN: Schema = {"enum": ["True", "False"]}
CODE: Schema = {"type": "string", "minLength": 1}
NUMBER: Schema = {"type": "integer", "minimum": 0, "maximum": INT8_MAX}
ID: Schema = {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}
HEI: Schema = {"type": "integer", "minimum": 1, "maximum": INT4_MAX}
LIMIT: Schema = {"type": "integer", "minimum": 1, "maximum": 10_000}

_INTEGERS = {"NumberOfWeeks": 52, "NumberOfStudents": 9_999, "TotalNumberofPages": INT4_MAX}
_TIME: Schema = {"type": "string", "format": "date-time"}

STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "200": "What was asked for.",
        "302": "The link, in Location.",
        "304": "What the client has is still so.",
        "400": "A parameter or the body is not as it should be.",
        "401": "No account, or not its secret.",
        "404": "There is no such thing, or the account does not see it.",
        "408": "The body did not come in time.",
        "410": "It is not there any more.",
        "413": "The body is too large.",
        "415": "The body is of a type that is not taken.",
        "429": "Too many requests: Retry-After says when to come back.",
        "503": "The database does not answer: Retry-After says when to come back.",
    }
)


def ref(name: str) -> Schema:
    """Return a reference to a shared schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def either(*names: str) -> Schema:
    """Return a schema that is one of the shared ones."""
    return {"oneOf": [ref(name) for name in names]}


def of_parameter(name: str) -> Schema:
    """Return the schema of a parameter of a method that writes, by its name."""
    if name == "hei":
        return HEI
    if name in _INTEGERS:
        return {"type": "integer", "minimum": 0, "maximum": _INTEGERS[name]}
    if name == "IsBook":
        return BOOLEAN
    if name in {"CourseStartDate", "DeliveryDate"}:
        return _TIME
    return {"enum": list(get_args(CourseStatus))} if name == "Status" else TEXT


def _object(properties: Mapping[str, Schema], *, further: bool = False) -> Schema:
    """Return the schema of an object that has all of these properties."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": further,
    }


def _listed(name: str, entry: Schema, **beside: Schema) -> Schema:
    """Return the schema of a list in the DCS's envelope."""
    return _object({name: {"type": "array", "items": entry}, "total-results": NUMBER, **_OK, **beside})


def _or_null(kind: str) -> Schema:
    return {"type": [kind, "null"]}


_OK: dict[str, Schema] = {
    "status": {"const": "ok"},
    "status-code": {"const": 100},
    "status-message": {"const": "Success"},
}
_LINK: dict[str, Schema] = {
    "line": {"type": "integer"},
    "input": TEXT,
    "item_key": _or_null("integer"),
    "hei_id": _or_null("integer"),
    "request_id": _or_null("integer"),
    "is_openable": _or_null("boolean"),
    "why_not": _or_null("string"),
    "since": _or_null("string"),
    "content_url": _or_null("string"),
}
_COURSE: dict[str, Schema] = {
    "id": {"type": "integer"},
    "course-code": TEXT,
    "academic-year": _or_null("string"),
    "status": _or_null("string"),
    "duration": _or_null("integer"),
    "lecturer": _or_null("string"),
    "name": _or_null("string"),
}
_CHANGE: dict[str, Schema] = {
    "change_id": {"type": "integer"},
    "hei_id": _or_null("integer"),
    "entity": TEXT,
    "key": _or_null("integer"),
    "kind": TEXT,
}

# The DCS may send further keys of an entry, which are passed on.
SCHEMAS: dict[str, Schema] = {
    "GetInstitutions": _listed(
        "institutions", _object({"id": {"type": "integer"}, "name": _or_null("string")})
    ),
    "GetCourses": _listed("courses", _object(_COURSE, further=True)),
    "GetCourseContent": _listed(
        "content-items",
        _object(
            {
                "request-id": {"type": "integer"},
                "content-status": _or_null("string"),
                "content-URL": _or_null("string"),
                "content-GUID": _or_null("string"),
                "bibliographic-details": {"type": "object"},
            },
            further=True,
        ),
        hei=_or_null("string"),
        **{"course-ID": _or_null("integer")},
    ),
    "Written": {
        "type": "object",
        "properties": {"request-id": {"type": "integer"}, "course-Code": TEXT, **_OK},
        "required": list(_OK),
        "additionalProperties": False,
    },
    "Error": _object(
        {
            "status": {"const": "error"},
            "status-code": {"type": "integer", "minimum": 1, "maximum": 7},
            "status-message": TEXT,
        }
    ),
    "Gateway": _object({"statusCode": {"type": "integer"}, "message": TEXT}),
    "Problem": _object(
        {"type": TEXT, "title": TEXT, "status": {"type": "integer"}, "detail": TEXT},
    ),
    "Changes": _object(
        {
            "changes": {"type": "array", "items": _object(_CHANGE, further=True)},
            "next": NUMBER,
            "epoch": {"type": "string", "format": "uuid"},
            "low_water": NUMBER,
        }
    ),
    "LinkList": _object({"links": {"type": "array", "items": {"type": ["string", "integer"]}}}, further=True),
    "Links": _object(
        {
            "links": {
                "type": "array",
                "items": _object({each.name: _LINK[each.name] for each in fields(Link)}),
            }
        }
    ),
}
