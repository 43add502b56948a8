"""The control endpoints: each takes JSON, changes or shows the world, and returns JSON. No I/O."""

import re
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, TypeAlias, TypeVar
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta, Struct

from dcs_mirror.sandbox import edits, years
from dcs_mirror.sandbox.axcelerate import StudentRecords
from dcs_mirror.sandbox.dice import Dice
from dcs_mirror.sandbox.faults import Script, ScriptUnreadable, parse_script
from dcs_mirror.sandbox.model import Refused, World
from dcs_mirror.sandbox.random_edits import random_edits
from dcs_mirror.sandbox.stats import Stats
from dcs_mirror.sandbox.truth import whole_truth

Reply: TypeAlias = Mapping[str, object]
Fields: TypeAlias = dict[str, str | int | float | bool | None]
Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0, le=100_000)]
Changes = TypeVar("Changes", bound=Struct)
_DIGITS = re.compile("[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Controlled:
    """The state that the control endpoints show and change."""

    world: World
    stats: Stats
    script: Script
    records: StudentRecords


class Action(Struct, forbid_unknown_fields=True):
    """A POST endpoint; its fields are the members of the JSON object that it takes."""

    @abstractmethod
    def apply(self, controlled: Controlled) -> Reply:
        """Carry out the action completely, or raise and change nothing.

        Raises:
            Refused: if the world does not allow it.
        """


class Edit(Action):
    hei: int
    set: Fields
    request_id: int | None = None
    course_id: int | None = None

    def apply(self, controlled: Controlled) -> Reply:
        world = controlled.world
        if self.request_id is not None and self.course_id is None:
            item = world.item(self.hei, self.request_id)
            edits.edit_item(world, item, _changes(self.set, edits.ItemChanges))
            return {"request_id": item.request_id}
        if self.course_id is not None and self.request_id is None:
            course = world.course(self.hei, self.course_id)
            edits.edit_course(world, course, _changes(self.set, edits.CourseChanges))
            return {"course_id": course.id}
        raise Refused("one of request_id and course_id is needed")


class Add(Action):
    hei: int
    kind: Literal["course", "item"]
    code: Annotated[str, Meta(min_length=1)] | None = None
    items: Count = 0
    course_id: int | None = None
    set: Fields = {}

    def apply(self, controlled: Controlled) -> Reply:
        world = controlled.world
        institution = world.institution(self.hei)
        if self.kind == "course":
            return self._add_course(world)
        if self.code is not None or self.items:
            raise Refused("code and items belong to kind course")
        changes = _changes(self.set, edits.ItemChanges)
        if changes.course_id is not msgspec.UNSET:
            raise Refused("set: course_id belongs beside set, not in it")
        place = None if self.course_id is None else world.course(self.hei, self.course_id)
        item = edits.add_item(world, institution, world.dice, place, changes)
        return {"request_id": item.request_id, "course_id": self.course_id}

    def _add_course(self, world: World) -> Reply:
        if self.course_id is not None:
            raise Refused("course_id belongs to kind item")
        changes = _changes(self.set, edits.CourseChanges)
        if changes.code is not msgspec.UNSET:
            raise Refused("set: code belongs beside set, not in it")
        institution = world.institution(self.hei)
        course = edits.add_course(world, institution, world.dice, code=self.code, items=self.items)
        edits.edit_course(world, course, changes)
        request_ids = [item.request_id for item in course.items]
        return {"course_id": course.id, "code": course.code, "request_ids": request_ids}


class Remove(Action):
    hei: int
    request_id: int | None = None
    course_id: int | None = None

    def apply(self, controlled: Controlled) -> Reply:
        world = controlled.world
        if self.request_id is not None and self.course_id is None:
            item = world.item(self.hei, self.request_id)
            edits.remove_item(world, item)
            return {"request_id": item.request_id}
        if self.course_id is not None and self.request_id is None:
            edits.remove_course(world, world.course(self.hei, self.course_id))
            return {"course_id": self.course_id}
        raise Refused("one of request_id and course_id is needed")


class RandomEdits(Action):
    count: Count
    seed: int
    hei: int | None = None

    def apply(self, controlled: Controlled) -> Reply:
        return {"edits": random_edits(controlled.world, self.hei, self.count, self.seed)}


class Rollover(Action):
    hei: int
    new_course_ids: bool = False
    without_previous_id: Share = 0.0
    drop_courses: list[int] = []
    drop_items: list[int] = []

    def apply(self, controlled: Controlled) -> Reply:
        institution = controlled.world.institution(self.hei)
        withheld = years.roll_over(
            controlled.world,
            institution,
            new_course_ids=self.new_course_ids,
            without_previous_id=self.without_previous_id,
            drop_courses=self.drop_courses,
            drop_items=self.drop_items,
        )
        return {
            "academic_year": institution.academic_year,
            "courses": len(institution.courses),
            "items": len(institution.items()),
            "withheld": [item.request_id for item in withheld],
        }


class Recheck(Action):
    hei: int
    kind: years.RecheckKind
    share: Share = 0.1
    seed: int | None = None
    request_ids: list[int] | None = None

    def apply(self, controlled: Controlled) -> Reply:
        world = controlled.world
        touched = years.recheck(
            world,
            world.institution(self.hei),
            kind=self.kind,
            dice=world.dice if self.seed is None else Dice(self.seed),
            share=self.share,
            request_ids=self.request_ids,
        )
        return {"request_ids": [item.request_id for item in touched]}


class Subscribe(Action):
    hei: int

    def apply(self, controlled: Controlled) -> Reply:
        controlled.world.institution(self.hei).subscribed = True
        return {"hei": self.hei, "subscribed": True}


class Unsubscribe(Action):
    hei: int

    def apply(self, controlled: Controlled) -> Reply:
        controlled.world.institution(self.hei).subscribed = False
        return {"hei": self.hei, "subscribed": False}


class Clock(Action):
    now: Annotated[datetime, Meta(tz=True)]

    def apply(self, controlled: Controlled) -> Reply:
        if not 1900 <= self.now.year <= 2200:  # UK civil time is not defined for years far off
            raise Refused("now: the year must be from 1900 to 2200")
        controlled.world.now = self.now
        return {"now": self.now}


class ResetStats(Action):
    def apply(self, controlled: Controlled) -> Reply:
        controlled.stats.reset()
        return controlled.stats.report()


ACTIONS: Mapping[str, type[Action]] = {
    "edit": Edit,
    "add": Add,
    "remove": Remove,
    "random-edits": RandomEdits,
    "rollover": Rollover,
    "recheck": Recheck,
    "subscribe": Subscribe,
    "unsubscribe": Unsubscribe,
    "clock": Clock,
    "stats/reset": ResetStats,
}


def act(controlled: Controlled, name: str, body: bytes) -> Reply:
    """Carry out the action `name`, a key of `ACTIONS`, with the JSON in `body`.

    Raises:
        Refused: if the JSON is invalid or the world does not allow the action.
    """
    try:
        action = msgspec.json.decode(body or b"{}", type=ACTIONS[name])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(str(error)) from error
    return action.apply(controlled)


def _replace_faults(controlled: Controlled, body: bytes) -> Reply:
    try:
        faults = parse_script(body)
    except ScriptUnreadable as error:
        raise Refused(str(error)) from error
    controlled.script.replace(faults)
    return controlled.script.report()


def _clear_faults(controlled: Controlled, _: bytes) -> Reply:
    controlled.script.replace(())
    return controlled.script.report()


# By verb: changes of the script of faults, which is a JSON list and so not an action. May raise Refused.
SCRIPTING: Mapping[str, Callable[[Controlled, bytes], Reply]] = {
    "POST": _replace_faults,
    "DELETE": _clear_faults,
}


def _faults(controlled: Controlled, _: str) -> Reply:
    return controlled.script.report()


def _state(controlled: Controlled, query: str) -> Reply:
    """The full state of the world, or of the institution that the query names as `hei`."""
    hei = dict(parse_qsl(query, keep_blank_values=True)).get("hei")
    if hei is None:
        return whole_truth(controlled.world)
    if _DIGITS.fullmatch(hei) is None:
        raise Refused(f"hei: {hei!r} is not an integer")
    return whole_truth(controlled.world, int(hei))


def _axcelerate(controlled: Controlled, _: str) -> Reply:
    return controlled.records.truth()


def _stats(controlled: Controlled, _: str) -> Reply:
    return controlled.stats.report()


# By name: the answers to GET requests, given the query string.
VIEWS: Mapping[str, Callable[[Controlled, str], Reply]] = {
    "axcelerate": _axcelerate,
    "faults": _faults,
    "state": _state,
    "stats": _stats,
}


def _changes(fields: Fields, kind: type[Changes]) -> Changes:
    """Convert `fields` to a `kind`; accepts names as `extract-author`, `extractAuthor` and `extract_author`.

    Raises:
        Refused: if a field is unknown or its value is invalid.
    """
    names = {name.replace("_", ""): name for name in kind.__struct_fields__}
    spelled = {}
    for given, value in fields.items():
        name = names.get(given.lower().replace("-", "").replace("_", ""))
        if name is None:
            raise Refused(f"set: unknown field {given!r}; known are {', '.join(names.values())}")
        spelled[name] = value
    try:
        return msgspec.convert(spelled, kind)
    except msgspec.ValidationError as error:
        raise Refused(f"set: {error}") from error
