"""The methods of the DCS as functions of the world and a call's parameters. No I/O."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from dcs_mirror.sandbox import wire
from dcs_mirror.sandbox.model import Institution, World

_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """The status code of an envelope (W3; 100 is success) and its bytes."""

    code: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Method:
    """A method under the name by which it is counted."""

    name: str
    answer: Callable[[World, Parameters], bytes]


class _Failure(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


NOT_AUTHENTICATED = Answer(3, wire.failure(3, "Could not authenticate user"))
BROKEN = Answer(4, wire.failure(4, "Internal server error"))


def parameters_of(query: str) -> Parameters:
    """The parameters of a raw query string by their lower-case names."""
    # The first of a repeated parameter counts.
    pairs = reversed(parse_qsl(query, keep_blank_values=True))
    return {name.lower(): value for name, value in pairs}


def call(method: Method, world: World, query: str) -> Answer:
    """What a method answers to a raw query string; parameter names count in any case."""
    try:
        return Answer(100, method.answer(world, parameters_of(query)))
    except _Failure as failure:
        return Answer(failure.code, wire.failure(failure.code, str(failure)))


def _get_institutions(world: World, _: Parameters) -> bytes:
    return wire.institutions_answer(world)


def _get_courses(world: World, parameters: Parameters) -> bytes:
    institution = _subscribed(world, _integer("hei", parameters.get("hei", "")))
    if institution.answer is None:
        institution.answer = wire.courses_answer(institution, world.spelling)
    return institution.answer


def _get_course_content(world: World, parameters: Parameters) -> bytes:
    hei = _integer("hei", parameters.get("hei", ""))
    code = parameters.get("code", "")
    request_id = parameters.get("request-id", "")
    if request_id:
        return _item_content(world, hei, _integer("Request-ID", request_id), code)
    if code:
        return _course_content(world, hei, code)
    raise _Failure(6, "Invalid Parameters: a course code or a request id is required")


def _course_content(world: World, hei: int, code: str) -> bytes:
    institution = _subscribed(world, hei)
    course = institution.course_of(code)
    if course is None:
        raise _Failure(2, "Course not found")
    if course.answer is None:
        course.answer = wire.content_answer(institution, course, course.items, world.spelling)
    return course.answer


def _item_content(world: World, hei: int, request_id: int, code: str) -> bytes:
    institution = _subscribed(world, hei)
    item = world.items.get(request_id)
    if item is None or item.institution is not institution:
        raise _Failure(2, "Course not found: no such request")
    if code and (item.course is None or item.course is not institution.course_of(code)):
        raise _Failure(2, "Course not found: the request is not in that course")
    return wire.content_answer(institution, item.course, [item], world.spelling)


def _integer(name: str, value: str) -> int:
    if _INTEGER.fullmatch(value) is None:
        raise _Failure(6, f"Invalid Parameter: {name}")
    return int(value)


def _subscribed(world: World, hei: int) -> Institution:
    institution = world.institutions.get(hei)
    if institution is None:
        raise _Failure(1, "Institution not found")
    if not institution.subscribed:
        raise _Failure(5, "User not subscribed to HEI")
    return institution


# By verb and lower-case name: the specification itself spells a path in two cases.
METHODS: Mapping[tuple[str, str], Method] = {
    ("GET", "getinstitutions"): Method("GetInstitutions", _get_institutions),
    ("GET", "getcourses"): Method("GetCourses", _get_courses),
    ("GET", "getcoursecontent"): Method("GetCourseContent", _get_course_content),
}
