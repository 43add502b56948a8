"""SQL files as statements with numbered parameters."""

import re
from pathlib import Path

import pytest

import dcs_mirror
from dcs_mirror.database import sql

RECONCILE = Path(dcs_mirror.__file__).parent / "reconcile"
STATEMENTS = sorted((RECONCILE / "sql").rglob("*.sql"))


def statement(folder: Path, text: str) -> sql.Statement:
    path = folder / "step.sql"
    path.write_text(f"-- takes: name text,\n--   hei_id integer\n{text}", encoding="utf-8")
    return sql.load(path)


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: str(path.stem))
def test_every_statement_of_the_reconciliation_loads(path: Path) -> None:
    loaded = sql.load(path)
    assert loaded.name == path.stem
    assert loaded.text
    assert "--" not in loaded.text
    assert ";" not in loaded.text.rstrip(";")
    placeholders = {int(number) for number in re.findall(r"\$(\d+)", loaded.text)}
    assert placeholders == set(range(1, len(loaded.parameters) + 1))


def test_the_reconciliation_has_statements_at_all() -> None:
    assert len(STATEMENTS) > 20


def test_parameters_become_numbered_and_typed_in_the_order_of_their_first_use(tmp_path: Path) -> None:
    loaded = statement(tmp_path, "SELECT :name, :hei_id, :name")
    assert loaded.text == "SELECT $1::text, $2::integer, $1::text"
    assert loaded.parameters == ("name", "hei_id")


def test_arguments_stand_in_the_order_of_the_parameters_and_no_others(tmp_path: Path) -> None:
    loaded = statement(tmp_path, "SELECT :name, :hei_id")
    assert loaded.arguments({"hei_id": 209, "name": "API_TEST", "run_id": 7}) == ["API_TEST", 209]


def test_an_argument_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="hei_id"):
        statement(tmp_path, "SELECT :hei_id").arguments({})


def test_a_parameter_of_unknown_type_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="unheard_of"):
        statement(tmp_path, "SELECT :unheard_of")


@pytest.mark.parametrize(
    "text", ["SELECT '1'::text", "SELECT a.b::name", "SELECT (1)::hei_id", "SELECT a[1:name]"]
)
def test_casts_and_slices_hold_no_parameter(tmp_path: Path, text: str) -> None:
    loaded = statement(tmp_path, text)
    assert loaded.text == text
    assert loaded.parameters == ()


def test_a_parameter_may_be_cast(tmp_path: Path) -> None:
    assert statement(tmp_path, "SELECT :hei_id::bigint").text == "SELECT $1::integer::bigint"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ':name'",
        "SELECT 'a -- b'",
        "SELECT 'a /* b */ c'",
        "SELECT 'it''s :name'",
        'SELECT ":name"',
        'SELECT "a -- b"',
        "SELECT '10:30'",
    ],
)
def test_what_stands_in_quotes_stays_as_it_is(tmp_path: Path, text: str) -> None:
    loaded = statement(tmp_path, text)
    assert loaded.text == text
    assert loaded.parameters == ()


@pytest.mark.parametrize(
    "text",
    [
        "-- what it does, for :name\nSELECT 1",
        "-- it's here\nSELECT 1 -- isn't it",
        "/* for :name\n and 'another */ SELECT 1",
        "SELECT 1\n-- :name",
    ],
)
def test_comments_are_left_out_with_what_they_name(tmp_path: Path, text: str) -> None:
    loaded = statement(tmp_path, text)
    assert loaded.text == "SELECT 1"
    assert loaded.parameters == ()


def test_a_comment_parts_the_words_beside_it(tmp_path: Path) -> None:
    assert statement(tmp_path, "SELECT/* all */1").text.split() == ["SELECT", "1"]


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    for name in ("200_b.sql", "100_c.sql", "300_a.sql", "150_notes.txt"):
        (tmp_path / name).write_text("SELECT 1", encoding="utf-8")
    assert [step.name for step in sql.load_folder(tmp_path)] == ["100_c", "200_b", "300_a"]


def test_an_included_file_stands_in_its_place_without_its_head(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "shared.sql").write_text(
        "-- What both ask.\n-- takes: other text\n-- reads: a\nSELECT 1 WHERE :name = 'x'\n", encoding="utf-8"
    )
    loaded = statement(tmp_path, "SELECT :hei_id FROM (\n\\ir parts/shared.sql\n) AS s, t WHERE :name = 'x'")
    text = "SELECT $1::integer FROM ( SELECT 1 WHERE $2::text = 'x' ) AS s, t WHERE $2::text = 'x'"
    assert " ".join(loaded.text.split()) == text
    assert loaded.parameters == ("hei_id", "name")
    assert loaded.reads == ()
