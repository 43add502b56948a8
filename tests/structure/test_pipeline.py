"""The heads of the statements say what the statements do, and the phases fit together."""

import re
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

import pytest

from dcs_mirror.database import sql
from dcs_mirror.database.sql import Statement
from dcs_mirror.reconcile import outcome, parameters, pipeline
from dcs_mirror.reconcile.pipeline import PHASES, USES, Phase
from tests.structure.phases import Mention, Sources
from tests.structure.sql_access import PACKAGE, access, statement_files

FILES = statement_files()
STAGING = PACKAGE / "reconcile/staging.sql"

# Its values are put together by the one module that runs it: registered_columns.py.
OWN_PARAMETERS = {"rewrite_statement"}
OF_STEP = {"record_outcome": outcome.OutcomeParameters, "overtaken_look_ups": parameters.LookUpParameters}

SOURCES = Sources(PACKAGE / "reconcile")
NAMES = {phase: name for name, phase in vars(pipeline).items() if isinstance(phase, Phase)}
RUN_BY = {
    "apply a reading": ("apply", "_apply"),
    "record a reading that shows nothing new": ("apply", "_record_unchanged"),
    "reconcile what is stored": ("stored", "reconcile_stored"),
    "rehearse a rollover": ("stored", "rehearse"),
    "quarantine the institution list": ("institution_list", "quarantine"),
    "store an institution that is listed": ("institution_list", "store"),
    "mark an institution as unsubscribed": ("apply", "unsubscribe"),
    "purge an institution": ("purge", "purge"),
}
"""The module and the function that run each use case."""


def name_of(file: Path) -> str:
    return file.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_head_names_the_tables_read_and_written(file: Path) -> None:
    statement = sql.load(file)
    found = access(statement.text)
    assert sorted(statement.reads) == sorted(found.reads)
    assert sorted(statement.writes) == sorted(found.writes)


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_head_names_the_parameters(file: Path) -> None:
    statement = sql.load(file)
    assert sorted(statement.types) == sorted(statement.parameters)


def test_a_parameter_has_one_type_in_all_files() -> None:
    types: dict[str, set[str]] = {}
    for file in FILES:
        for name, type_ in sql.load(file).types.items():
            types.setdefault(name, set()).add(type_)
    assert {name: found for name, found in types.items() if len(found) > 1} == {}


def test_every_step_belongs_to_one_phase() -> None:
    declared = [f"{phase.name}/{name}.sql" for phase in PHASES for name in phase.step_names]
    folder = PACKAGE / "reconcile/sql"
    assert sorted(declared) == sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*.sql"))


def test_step_names_are_unique() -> None:
    names = [name for phase in PHASES for name in phase.step_names]
    assert len(names) == len(set(names))


def test_a_step_reads_what_an_earlier_one_wrote() -> None:
    written = set(copied_by_staging())
    for step in steps_of(USES["apply a reading"]):
        temporary = {name for name in (*step.reads, *step.writes) if "." not in name}
        assert temporary <= set(temporary_tables()), step.name
        unwritten = {name for name in step.reads if "." not in name} - written
        assert not unwritten, f"{step.name} reads {unwritten} before any step writes it"
        written.update(step.writes)


def test_every_temporary_table_is_used() -> None:
    steps = steps_of(PHASES)
    written = {*copied_by_staging(), *(table for step in steps for table in step.writes)}
    read = {table for step in steps for table in step.reads} | {
        "rewritten_id"
    }  # by what rewrite_statement makes
    assert set(temporary_tables()) <= written & read


@pytest.mark.parametrize(
    ("use", "values"),
    [
        ("apply a reading", parameters.ApplyParameters),
        ("record a reading that shows nothing new", parameters.UnchangedParameters),
        ("reconcile what is stored", parameters.FlagParameters),
        ("rehearse a rollover", parameters.InstitutionScope),
        ("quarantine the institution list", parameters.QuarantineParameters),
        ("mark an institution as unsubscribed", parameters.UnsubscribeParameters),
        ("store an institution that is listed", parameters.ListedParameters),
        ("purge an institution", parameters.InstitutionScope),
    ],
)
def test_parameters_are_complete(use: str, values: type[parameters.InstitutionScope]) -> None:
    run = {mention.step for mention in SOURCES.mentions(*RUN_BY[use]) if mention.step}
    whole = {mention.phase for mention in SOURCES.mentions(*RUN_BY[use]) if not mention.step}
    for phase in USES[use]:
        for name, step in phase.steps.items():
            if name not in OWN_PARAMETERS and (NAMES[phase] in whole or name in run):
                of = OF_STEP.get(name, values)
                assert set(step.parameters) <= {field.name for field in fields(of)}, name


def test_every_use_case_is_named() -> None:
    marks = test_parameters_are_complete.pytestmark  # type: ignore[attr-defined] # set by pytest's decorator
    assert [use for use, _ in marks[0].args[1]] == list(USES)


@pytest.mark.parametrize("use", USES)
def test_a_use_case_runs_its_phases_in_their_order(use: str) -> None:
    named = [mention.phase for mention in SOURCES.mentions(*RUN_BY[use])]
    assert list(dict.fromkeys(named)) == [NAMES[phase] for phase in USES[use]]


def test_every_step_is_run_by_a_use_case() -> None:
    mentions = {mention for place in RUN_BY.values() for mention in SOURCES.mentions(*place)}
    for phase, name in NAMES.items():
        run = {mention.step for mention in mentions if mention.phase == name}
        assert run - {None} <= set(phase.step_names)
        assert None in run or run == set(phase.step_names), f"a step of {name} is never run"


def test_phases_are_found_through_calls_constants_and_comprehensions(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(
        "from package import pipeline, two\nfrom package.two import last\nALIAS = pipeline.B\n"
        "async def main():\n    await run(pipeline.A['a'])\n"
        "    shown = [last(each) for each in await two.middle(ALIAS)]\n    return other()\n"
    )
    (tmp_path / "two.py").write_text(
        "def middle(phases):\n    run((pipeline.C,))\ndef last(each):\n    run(pipeline.D)\n"
    )
    assert Sources(tmp_path).mentions("one", "main") == [
        Mention("A", "a"),
        Mention("B", None),
        Mention("C", None),
        Mention("D", None),
    ]


def steps_of(phases: Iterable[Phase]) -> list[Statement]:
    return [step for phase in phases for step in phase]


def temporary_tables() -> list[str]:
    return re.findall(r"^CREATE TEMPORARY TABLE (\w+)", STAGING.read_text(encoding="utf-8"), re.MULTILINE)


def copied_by_staging() -> list[str]:
    source = (PACKAGE / "reconcile/staging.py").read_text(encoding="utf-8")
    return re.findall(r'copy_records_to_table\(\s*"(\w+)"', source)
