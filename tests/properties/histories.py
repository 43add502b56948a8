"""What happens to an institution and its mirror, night by night: strategies and their effect."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from tests.properties.world import Faults, Piece, World, chosen

FIRST_NIGHT = datetime(2025, 3, 2, 2, 0, tzinfo=UTC)
STATUSES = ("New Request", "Pending", "Active", "Archived", "Deleted", "Rejected")
LICENCES = ("Covered by CLA licence", "covered (US titles)", "Not covered", "Other", None, "", " ")
# Instants at which something turns: the window's first and last moments, clocks set back and forward.
TURNS = (
    (6, 1, 2, 0),
    (7, 31, 22, 59),
    (7, 31, 23, 0),
    (8, 4, 2, 0),
    (8, 14, 22, 59),
    (8, 14, 23, 0),
    (10, 25, 0, 30),
    (10, 25, 1, 30),
    (3, 29, 0, 30),
    (3, 29, 1, 30),
)


QUIET = Faults()


@dataclass(frozen=True)
class Edit:
    """One thing that upstream does; numbers choose what it is done to, modulo what there is."""

    kind: str
    first: int = 0
    second: int = 0


@dataclass(frozen=True)
class Night:
    """What happened since the last night, how long that was, and what goes wrong in this one."""

    days: int = 1
    turn: int | None = None
    edits: tuple[Edit, ...] = ()
    faults: Faults = QUIET

    def after(self, last: datetime) -> datetime:
        """The instant of the night: at the next turn of the year, or some days later."""
        if self.turn is None:
            return last + timedelta(days=self.days)
        month, day, hour, minute = TURNS[self.turn]
        at = datetime(last.year, month, day, hour, minute, tzinfo=UTC)
        return at if at > last else at.replace(year=last.year + 1)


KINDS = (
    "note",
    "move",
    "add",
    "drop",
    "open",
    "close",
    "rename",
    "name",
    "course status",
    "status",
    "licence",
    "bring back",
    "recheck",
    "recheck",
    "licence recheck",
    "override",
    "roll over",
    "roll over",
    "roll over anew",
    "year",
    "twin",
    "roll over, twin",
    "copy",
)
CONTRADICTIONS = ("twin", "roll over, twin", "copy")
masks = st.one_of(st.just(0), st.just(0), st.integers(0, 255))
contents = st.lists(st.integers(0, 3), min_size=1, max_size=3)


def histories(*, plain: bool) -> st.SearchStrategy[list[Night]]:
    """Some nights. In ``plain`` ones upstream never contradicts itself, whatever else goes wrong."""
    kinds = [kind for kind in KINDS if not (plain and kind in CONTRADICTIONS)]
    edits = st.builds(Edit, st.sampled_from(kinds), st.integers(0, 255), st.integers(0, 7))
    faults = st.builds(
        Faults,
        unread=masks,
        partial=masks,
        vanished=masks,
        unlisted=masks,
        stale=st.just(0) if plain else masks,
        unanswered=masks,
        listed_twice=masks,
        rolls_over_at=st.one_of(st.none(), st.none(), st.integers(0, 2)),
    )
    nights = st.builds(
        Night,
        days=st.sampled_from((1, 1, 1, 2, 30, 400, 800)),
        turn=st.one_of(st.none(), st.none(), st.integers(0, len(TURNS) - 1)),
        edits=st.lists(edits, max_size=4).map(tuple),
        faults=st.one_of(st.just(Faults()), faults),
    )
    return st.lists(nights, min_size=2, max_size=9)


def happen(world: World, edit: Edit) -> None:
    """Does what an edit says; nothing where there is nothing to do it to."""
    kind, mask, number = edit.kind, edit.first, edit.second
    pieces, places = list(world.pieces()), world.places
    if kind == "open":
        world.open()
    elif kind == "bring back" and world.gone:
        world.bring_back(*world.gone[number % len(world.gone)])
    elif kind in {"roll over", "roll over anew", "roll over, twin", "year"}:
        _roll_over(world, edit)
    elif kind in {"recheck", "licence recheck", "override"}:
        for place, (_, piece) in enumerate(pieces):
            if chosen(mask, place):
                _recheck(kind, piece)
    elif pieces and kind in {"note", "move", "drop", "status", "licence", "twin", "copy"}:
        _edit_piece(world, edit)
    elif places and kind in {"add", "close", "rename", "name", "course status"}:
        _edit_place(world, edit)


def _roll_over(world: World, edit: Edit) -> None:
    nameless = edit.first if edit.second % 2 and edit.kind in {"roll over", "roll over anew"} else 0
    world.roll_over(nameless=nameless, new_courses=edit.kind == "roll over anew")
    if edit.kind == "year":
        world.roll_over()
    elif edit.kind == "roll over, twin":
        happen(world, Edit("twin", edit.first, edit.second))


def _recheck(kind: str, piece: Piece) -> None:
    if kind == "recheck" and piece.status == "Active":
        piece.status = "Pending"
    elif kind == "licence recheck" and piece.status == "Active":
        piece.licence = "Not covered"
    elif kind == "override":
        piece.status, piece.licence = "Active", LICENCES[0]


def _edit_piece(world: World, edit: Edit) -> None:
    pieces = list(world.pieces())
    place, piece = pieces[edit.first % len(pieces)]
    target = world.places[edit.second % len(world.places)]
    if edit.kind == "note":
        piece.notes += "!"
    elif edit.kind == "move":
        place.pieces.remove(piece)
        target.pieces.append(piece)
    elif edit.kind == "drop":
        world.drop(place, piece)
    elif edit.kind == "status":
        piece.status = STATUSES[edit.second % len(STATUSES)]
    elif edit.kind == "licence":
        piece.licence = LICENCES[edit.second % len(LICENCES)]
    elif edit.kind == "twin":
        world.add(target).previous = piece.previous
        world.is_plain = False
    else:
        world.add(target).guid = piece.guid
        world.is_plain = False


def _edit_place(world: World, edit: Edit) -> None:
    place = world.places[edit.second % len(world.places)]
    if edit.kind == "add":
        world.add(place).status = STATUSES[edit.first % len(STATUSES)]
    elif edit.kind == "close":
        world.close(place)
    elif edit.kind == "rename":
        place.code += "/b"
    elif edit.kind == "name":
        place.name += "!"
    else:
        place.status = ("Active", "Archived", "Deleted")[edit.first % 3]
