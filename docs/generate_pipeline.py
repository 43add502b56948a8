"""Writes docs/pipeline.md from the pipeline and the heads of its steps; `make docs` runs it."""

import re
from collections.abc import Iterable
from pathlib import Path

from dcs_mirror.reconcile.pipeline import PHASES, REGISTERED_COLUMNS, USES, Phase

DOCS = Path(__file__).parent
PAGE = DOCS / "pipeline.md"
STEPS = DOCS.parent / "dcs_mirror/reconcile/sql"

MAIN_USE = "apply a reading"
STAGED = ("staged_course", "staged_item", "staged_miss", "staged_rejected")

INTRODUCTION = """\
# The reconciliation, step by step

Written by `make docs` from `dcs_mirror/reconcile/pipeline.py` and the heads of the SQL files: change those,
not this page. The [rules](rules.md) say what the steps must do; [architecture.md](architecture.md) says where
the pipeline stands in the program.

Every phase is a folder under `dcs_mirror/reconcile/sql`, and every step is one SQL file there. A reading is
copied into temporary tables, and the steps work on these before they write the lasting tables. A test parses
every statement, and compares what it reads and writes with its head and so with this page.
"""

PARTS = """\
Some of them run only a part of a phase:

- Applying a reading runs `forget_later_orders` only if what is stored was ordered later than the database's
  clock shows now. If more than 1,000 look-ups would be needed to recognise items, it runs `match_guid` and
  `find_undecided_items` once more before the phase `match_guids`.
- Applying a reading and rehearsing a rollover run `collect_all_rewritten_ids` only if a registered column
  could not be written before; reconciling what is stored always runs it.
- If there are ids to rewrite, `rewrite_statement` runs once for each registered column, and `mark_shared_ids`
  before them if one of the columns is not filtered by institution.
- Purging runs only `record_outcome` of `outcome`.
- Applying a reading and marking as unsubscribed run `notify` only if something changed.

If a rule holds a reading, all steps are rolled back and its outcome is recorded. If look-ups or another
reading are needed first, all steps are rolled back and nothing is recorded.
"""

_LEADING_RULES = re.compile(r"^[WRSCA]\d{1,2}(?:, (?:[WRSCA]\d{1,2}|[a-z]+))*: ")


def page() -> str:
    """Return the page."""
    return "\n".join((INTRODUCTION, _uses(), _graph(USES[MAIN_USE]), *map(_phase, PHASES)))


def head(file: Path) -> str:
    """Return the comment at the head of a step, without the lists of what it takes, reads and writes."""
    lines = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("--") or re.match(r"-- (takes|reads|writes):", line):
            break
        lines.append(line.removeprefix("--").strip())
    return re.sub(r"(\w)- (?=\w)", r"\1-", " ".join(lines))


def rules_in(text: str) -> list[str]:
    """Return the rules that a text cites, each once; ``R1 to R4`` cites all of them."""
    cited: dict[str, None] = {}
    for letter, first, last in re.findall(r"\b([WRSCA])(\d{1,2})(?:(?: to |-)\1(\d{1,2}))?\b", text):
        cited.update(dict.fromkeys(f"{letter}{n}" for n in range(int(first), int(last or first) + 1)))
    return list(cited)


def _uses() -> str:
    lines = ["## Which phases run", "", "| to … | these phases run, in this order |", "| --- | --- |"]
    lines += [
        f"| {use} | {', '.join(f'[{phase.name}](#{phase.name})' for phase in phases)} |"
        for use, phases in USES.items()
    ]
    return "\n".join((*lines, "", PARTS))


def _graph(phases: tuple[Phase, ...]) -> str:
    """Draw the phases and the temporary tables that carry data from the last to write them to later ones."""
    carried: dict[tuple[str, str], list[str]] = {}
    writer = dict.fromkeys(STAGED, "staging")
    for phase in phases:
        # What runs the registered columns' statements reads their table.
        read = {"rewritten_id"} if phase is REGISTERED_COLUMNS else set()
        for table in sorted(read | _temporary(name for step in phase for name in step.reads)):
            if table in writer:
                carried.setdefault((writer[table], phase.name), []).append(table)
        writer |= dict.fromkeys(_temporary(name for step in phase for name in step.writes), phase.name)
    lines = ["## What passes from phase to phase", ""]
    lines += [
        "The temporary tables, when a reading is applied; `staging` fills those that hold the reading.",
        "",
    ]
    lines += ["```mermaid", "flowchart TD"]
    lines += [f'    {a} -- "{"<br>".join(tables)}" --> {b}' for (a, b), tables in carried.items()]
    return "\n".join((*lines, "```", ""))


def _phase(phase: Phase) -> str:
    lines = [f"## {phase.name}", "", f"{phase.purpose[0].upper()}{phase.purpose[1:]}.", ""]
    lines += ["| step | what it does | rules | reads | writes |", "| --- | --- | --- | --- | --- |"]
    for name, step in phase.steps.items():
        file = STEPS / phase.name / f"{name}.sql"
        text = head(file)
        path = f"../dcs_mirror/reconcile/sql/{phase.name}/{name}.sql"
        rules = ", ".join(f"[{rule}](rules.md#{rule.lower()})" for rule in rules_in(text))
        cells = (f"[{name}]({path})", first_sentence(text), rules, _tables(step.reads), _tables(step.writes))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join((*lines, ""))


def first_sentence(text: str) -> str:
    """Return the first sentence, without the rules that it begins with."""
    text = _LEADING_RULES.sub("", text)
    sentence = re.split(r"(?<=\.) (?=[A-Z])", text, maxsplit=1)[0]
    return f"{sentence[0].upper()}{sentence[1:]}"


def _tables(names: Iterable[str]) -> str:
    return ", ".join(f"`{name.removeprefix('dcs_mirror.')}`" for name in names)


def _temporary(names: Iterable[str]) -> set[str]:
    return {name for name in names if "." not in name}


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
