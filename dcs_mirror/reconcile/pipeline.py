"""The reconciliation, declared once: its phases in the order in which they run, and the steps of each.

A step is one SQL file, ``sql/<phase>/<step>.sql``, whose head says what it takes, reads and writes. To add a
step, write the file and name it in its phase below; nothing is renumbered. ``USES`` says which phases each
use case runs; docs/pipeline.md draws the graph of what passes from step to step.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from dcs_mirror.database import sql
from dcs_mirror.database.sql import Statement

_FOLDER = Path(__file__).parent / "sql"


@dataclass(frozen=True)
class Phase:
    """Steps that belong together, in the order in which they run.

    Attributes:
        name: also the name of the folder with its steps.
        purpose: what it does, for people.
        step_names: the names of its files, without ``.sql``.
    """

    name: str
    purpose: str
    step_names: tuple[str, ...]

    @cached_property
    def steps(self) -> Mapping[str, Statement]:
        """The statements by name, in the order in which they run."""
        files = {name: _FOLDER / self.name / f"{name}.sql" for name in self.step_names}
        return MappingProxyType({name: sql.load(file) for name, file in files.items()})

    def __getitem__(self, name: str) -> Statement:
        return self.steps[name]

    def __iter__(self) -> Iterator[Statement]:
        return iter(self.steps.values())


LOAD = Phase(
    "load",
    "what is stored of the institution",
    ("stored_institution", "forget_later_orders", "overtaken_look_ups"),
)
MATCH_COURSES = Phase(
    "match_courses",
    "which stored course a listed one is (R5), and what an older answer may not change (C5)",
    (
        "match_course_ids",
        "keep_stored_courses",
        "match_carried_courses",
        "drop_stale_courses",
        "keep_fresher_courses",
        "assign_course_keys",
        "drop_stale_contents",
        "mark_overtaken_courses",
    ),
)
MATCH_ITEMS = Phase(
    "match_items",
    "which stored item an incoming one is, by certain evidence (R1 to R4)",
    (
        "place_items",
        "drop_repeated_items",
        "drop_items_that_stay",
        "match_request_id",
        "drop_stale_look_ups",
        "match_returned_id",
        "drop_superseded_items",
        "find_answered_look_ups",
        "find_unread_items",
        "match_previous_id",
        "match_history",
        "match_lookup",
        "find_undecided_items",
    ),
)
LOOK_UPS = Phase("look_ups", "what only a look-up can tell (R1, R3)", ("undecided_look_ups",))
MATCH_GUIDS = Phase(
    "match_guids",
    "which stored item an incoming one is, by likely evidence, and which are new (R1)",
    (
        "match_guid",
        "defer_undecided_items",
        "keep_courses",
        "assign_item_keys",
        "drop_replaced_items",
        "invalidate_suspect_digests",
    ),
)
ABSENCE = Phase("absence", "which stored items are gone (C1)", ("find_absent_items",))
GUARD = Phase(
    "guard",
    "whether what the reading would do may be done (R4, R8, C3)",
    ("rollover_signs", "required_lookups", "count_removals"),
)
WRITE = Phase(
    "write",
    "institution, courses, items, history of ids",
    (
        "write_institution",
        "delete_later_rollovers",
        "write_course_list_digest",
        "update_courses",
        "insert_courses",
        "mark_unread_courses",
        "remove_courses",
        "update_items",
        "note_look_ups",
        "rename_item_courses",
        "insert_items",
        "remove_items",
        "record_replaced_ids",
        "record_previous_ids",
        "record_asked_ids",
        "invalidate_digests",
        "record_rollover",
        "collect_rewritten_ids",
    ),
)
REGISTERED_COLUMNS = Phase(
    "registered_columns",
    "request ids in columns of downstream tables (R9)",
    ("collect_all_rewritten_ids", "mark_shared_ids", "rewrite_statement"),
)
STATUS_CHANGES = Phase(
    "status_changes",
    "status and licence before and after (S1)",
    ("record_status_changes", "mark_seen_items"),
)
FLAGS = Phase(
    "flags",
    "what the August recheck took away (S2 to S6)",
    ("raise_flags", "reopen_flags", "resolve_flags"),
)
REQUESTS = Phase("requests", "what became of submitted requests (A7)", ("follow_requests",))
QUARANTINE = Phase(
    "quarantine",
    "records without an id (W4)",
    ("clear_quarantine", "add_to_quarantine", "delete_old_quarantine"),
)
SILENCE = Phase("silence", "what upstream lists but does not find (W3)", ("courses_never_found",))
OUTCOME = Phase("outcome", "what the run did to the institution", ("count_changes", "record_outcome"))
UNCHANGED = Phase("unchanged", "a reading that shows nothing new (C5)", ("record_unchanged",))
FEED = Phase("feed", "the change feed, one writer at a time", ("write_feed",))
NOTIFY = Phase("notify", "tell listeners of the change feed", ("notify",))
UNSUBSCRIBE = Phase(
    "unsubscribe",
    "an institution that withdrew (C4), unless it was read since",
    ("read_since", "mark_unsubscribed"),
)
LISTED = Phase("listed", "an institution that the list of institutions has", ("write_listed",))
REHEARSAL = Phase("rehearsal", "a rollover that is taken back", ("invent_ids", "roll_items_over"))
PURGE = Phase("purge", "delete everything of an institution", ("delete_institution",))

USES: Mapping[str, tuple[Phase, ...]] = MappingProxyType(
    {
        "apply a reading": (
            LOAD,
            MATCH_COURSES,
            MATCH_ITEMS,
            LOOK_UPS,
            MATCH_GUIDS,
            ABSENCE,
            GUARD,
            WRITE,
            REGISTERED_COLUMNS,
            STATUS_CHANGES,
            FLAGS,
            REQUESTS,
            QUARANTINE,
            SILENCE,
            OUTCOME,
            FEED,
            NOTIFY,
        ),
        "record a reading that shows nothing new": (UNCHANGED,),
        "reconcile what is stored": (REGISTERED_COLUMNS, FLAGS, REQUESTS),
        "rehearse a rollover": (REHEARSAL, REGISTERED_COLUMNS),
        "quarantine the institution list": (QUARANTINE,),
        "mark an institution as unsubscribed": (UNSUBSCRIBE, NOTIFY),
        "store an institution that is listed": (LISTED, NOTIFY),
        "purge an institution": (PURGE, OUTCOME, NOTIFY),
    }
)
"""The phases of every use case, in the order in which it runs them; some run only a part of a phase."""

PHASES: tuple[Phase, ...] = tuple(dict.fromkeys(phase for phases in USES.values() for phase in phases))
"""All phases, each once."""
