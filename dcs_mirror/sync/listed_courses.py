"""Whose courses a list names, and whose content an answer is: pure, no I/O (W8)."""

from collections import defaultdict

from dcs_mirror.errors import CallRefused
from dcs_mirror.reading import CourseReading, InstitutionReading, StoredInstitution
from dcs_mirror.records import Course
from dcs_mirror.upstream.answers import Answer
from dcs_mirror.upstream.wire import ContentList, CourseList


def listed_once(answer: Answer[CourseList], known: StoredInstitution) -> list[CourseReading]:
    """Return the courses of a list, each once; the stored courses if the list is unchanged."""
    if answer.content is None:
        return [
            CourseReading(Course(course_id=c.course_id, course_code=c.course_code, status=c.status))
            for c in known.courses
        ]
    courses = {course.course_id: CourseReading(course) for course in reversed(answer.content.courses)}
    return list(reversed(courses.values()))


def report_listed_twice(reading: InstitutionReading, answer: Answer[CourseList]) -> bool:
    """Report the courses that are listed with several codes, of which the first is read; whether any is."""
    codes: defaultdict[int, list[str]] = defaultdict(list)
    for course in answer.content.courses if answer.content is not None else []:
        if course.course_code not in codes[course.course_id]:
            codes[course.course_id].append(course.course_code)
    several = {course_id: codes for course_id, codes in codes.items() if len(codes) > 1}
    if several:
        course_id, (read, unread, *_) = next(iter(several.items()))
        courses = f"course {course_id}" if len(several) == 1 else f"{len(several)} courses"
        such_as = "" if len(several) == 1 else f", such as course {course_id}"
        reading.problems.append(
            f"the DCS lists {courses} with several codes{such_as}: {read!r} was read, {unread!r} not"
        )
    return bool(several)


def leading(sharing: list[CourseReading]) -> CourseReading:
    """Return the course of a code: the live one, else the deleted one with the highest id (W8)."""
    if len(sharing) == 1:
        return sharing[0]
    return max(sharing, key=lambda c: (c.course.status != "Deleted", c.course.course_id))


def owner(
    answer: Answer[ContentList],
    listed: set[int],
    sharing: list[CourseReading],
    expected: CourseReading,
) -> CourseReading:
    """Return the course whose content an answer is: by its course-ID, else the live course of the code (W8).

    Args:
        answer: to the question for a code.
        listed: the ids of all courses of the list.
        sharing: the listed courses with this code.
        expected: the one of them whose content is taken for the answer's if that names no course.

    Raises:
        CallRefused: if it is that of a listed course with another code: it says nothing of this one.
    """
    answered = None if answer.content is None else answer.content.course_id
    if answered in (None, expected.course.course_id):  # as nearly always
        return expected
    for course in sharing:
        if course.course.course_id == answered:
            return course
    if answered in listed:
        raise CallRefused("the DCS answered with the content of another course")
    return expected
