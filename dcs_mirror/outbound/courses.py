"""The courses of an institution as the DCS lists them this moment: what is written goes by this (A1)."""

from dcs_mirror.records import Course
from dcs_mirror.upstream.client import DcsClient


async def living(client: DcsClient, hei_id: int) -> dict[str, Course]:
    """The courses that are not deleted, by code; of two with one code that with the higher id (W8).

    Raises:
        UpstreamError: where the list cannot be read.
    """
    answer = await client.courses(hei_id)
    assert answer.content is not None  # noqa: S101 - only a known digest leaves it out
    listed = sorted(answer.content.courses, key=lambda course: course.course_id)
    return {course.course_code: course for course in listed if course.status != "Deleted"}
