"""The full state of a world for tests to compare with, including what no DCS method returns."""

from dcs_mirror.sandbox import render
from dcs_mirror.sandbox.model import Course, Institution, Item, World


def whole_truth(world: World, hei: int | None = None) -> dict[str, object]:
    """The state of every institution, or of one, in the spelling of the specification's samples.

    Raises:
        Refused: if the institution is unknown.
    """
    institutions = world.institutions.values() if hei is None else [world.institution(hei)]
    return {"institutions": [_institution(institution) for institution in institutions]}


def _institution(institution: Institution) -> dict[str, object]:
    return {
        "id": institution.id,
        "name": institution.name,
        "subscribed": institution.subscribed,
        "academic_year": institution.academic_year,
        "courses": [_course(course) for course in institution.courses.values()],
        "unattached": [_item(item, reachable=False) for item in institution.unattached],
    }


def _course(course: Course) -> dict[str, object]:
    institution = course.institution
    reachable = institution.subscribed and institution.course_of(course.code) is course
    return {
        "id": course.id,
        "code": course.code,
        "name": course.name,
        "status": course.status,
        "duration": course.duration,
        "lecturer": course.lecturer,
        "students": course.students,
        "weeks": course.duration,  # its name in the methods that write
        "lecturer_email": course.lecturer_email,
        "department": course.department,
        "subject": course.subject,
        "items": [_item(item, reachable=reachable) for item in course.items],
    }


def _item(item: Item, *, reachable: bool) -> dict[str, object]:
    """The state of an item; `reachable` if GetCourseContent returns it for a course code now."""
    return {
        **render.item_object(item, render.SAMPLE),
        "number": item.number,
        "request_ids": item.request_ids,
        "reachable": reachable,
        "submission": item.submission,
    }
