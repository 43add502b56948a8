"""How many students each class has."""

from typing import NamedTuple

from dcs_mirror.axcelerate.client import AxcelerateClient
from dcs_mirror.axcelerate.records import Activity


class ClassSize(NamedTuple):
    """A class and how many students are in it; codes are None where aXcelerate does not tell them."""

    class_code: str | None
    class_id: int
    course_code: str | None
    students: int


async def class_sizes(client: AxcelerateClient) -> list[ClassSize]:
    """The classes that anybody is or was enrolled in, in the order of their ids.

    Students count once in a class, and not where they have withdrawn from it.

    Raises:
        UpstreamError: where the enrolments cannot be read to their end.
    """
    classes: dict[int, Activity] = {}
    students: dict[int, set[int]] = {}
    async for enrolment in client.all_class_enrolments():
        class_id, contact_id = enrolment.instance_id, enrolment.contact_id
        if class_id is None or contact_id is None:
            continue
        classes.setdefault(class_id, enrolment)
        present = students.setdefault(class_id, set())
        if not enrolment.is_withdrawn:
            present.add(contact_id)
    return [
        ClassSize(taught.class_code, class_id, taught.code, len(students[class_id]))
        for class_id, taught in sorted(classes.items())
    ]
