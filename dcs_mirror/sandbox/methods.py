"""The DCS methods as functions of the world and the parameters of a call. No I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dcs_mirror.sandbox import render, write_methods
from dcs_mirror.sandbox.model import Institution, World
from dcs_mirror.sandbox.parameters import Failure, Parameters, integer, parameters_of, subscribed


@dataclass(frozen=True, slots=True)
class Answer:
    """The status code of an envelope (W3; 100 is success) and its bytes."""

    code: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Method:
    """A method, and the name under which its calls are counted."""

    name: str
    answer: Callable[[World, Parameters], bytes]


NOT_AUTHENTICATED = Answer(3, render.failure(3, "Could not authenticate user"))
BROKEN = Answer(4, render.failure(4, "Internal server error"))


def call(method: Method, world: World, query: str) -> Answer:
    """The answer to a call with a raw query string, whose parameter names may be in any case."""
    try:
        return Answer(100, method.answer(world, parameters_of(query)))
    except Failure as failure:
        return Answer(failure.code, render.failure(failure.code, str(failure)))


def _get_institutions(world: World, _: Parameters) -> bytes:
    return render.institutions_answer(world)


def _get_courses(world: World, parameters: Parameters) -> bytes:
    institution = subscribed(world, parameters)
    if institution.answer is None:
        institution.answer = render.courses_answer(institution, world.spelling)
    return institution.answer


def _get_course_content(world: World, parameters: Parameters) -> bytes:
    code = parameters.get("code", "")
    request_id = parameters.get("request-id", "")
    if not request_id and not code:
        integer("hei", parameters.get("hei", ""))
        raise Failure(6, "Invalid Parameters: a course code or a request id is required")
    number = integer("Request-ID", request_id) if request_id else None
    institution = subscribed(world, parameters)
    if number is not None:
        return _item_content(world, institution, number, code)
    return _course_content(world, institution, code)


def _course_content(world: World, institution: Institution, code: str) -> bytes:
    course = institution.course_of(code)
    if course is None:
        raise Failure(2, "Course not found")
    if course.answer is None:
        course.answer = render.content_answer(institution, course, course.items, world.spelling)
    return course.answer


def _item_content(world: World, institution: Institution, request_id: int, code: str) -> bytes:
    item = world.items.get(request_id)
    if item is None or item.institution is not institution:
        raise Failure(2, "Course not found: no such request")
    if code and (item.course is None or item.course is not institution.course_of(code)):
        raise Failure(2, "Course not found: the request is not in that course")
    return render.content_answer(institution, item.course, [item], world.spelling)


# By verb and lower-case name, because the specification itself spells one path in two ways.
METHODS: Mapping[tuple[str, str], Method] = {
    ("GET", "getinstitutions"): Method("GetInstitutions", _get_institutions),
    ("GET", "getcourses"): Method("GetCourses", _get_courses),
    ("GET", "getcoursecontent"): Method("GetCourseContent", _get_course_content),
    ("POST", "submitrequest"): Method("SubmitRequest", write_methods.submit_request),
    ("POST", "submitcourse"): Method("SubmitCourse", write_methods.submit_course),
    ("PUT", "amendcourse"): Method("AmendCourse", write_methods.amend_course),
}
