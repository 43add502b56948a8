"""The SQL that lists the columns of a content item is what the one declaration makes of it."""

import re
from pathlib import Path

import pytest

from dcs_mirror.records import ITEM_FIELDS, ContentItem
from tools.generate_item_columns import FILES, FORMS, generated


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_columns_are_up_to_date(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert generated(text) == text, "run `make columns`"
    assert text.count("-- item columns: ") == text.count("-- end of item columns")


def test_every_form_is_used() -> None:
    marks = {mark for file in FILES for mark in re.findall(r"-- item columns: (.+)", file.read_text())}
    assert marks == FORMS.keys()


def test_every_field_of_the_record_is_declared_and_extra_is_last() -> None:
    assert (*ITEM_FIELDS, "extra") == ContentItem.__struct_fields__


def test_late_fields_come_last() -> None:
    """CREATE OR REPLACE VIEW adds columns at the end only."""
    are_late = [field.is_late for field in ITEM_FIELDS.values()]
    assert are_late == sorted(are_late)


def test_the_service_sends_every_field() -> None:
    content = (Path(__file__).parents[2] / "dcs_mirror/web/sql/content.sql").read_text(encoding="utf-8")
    entry = content.partition("CROSS JOIN LATERAL")[2].partition(") AS e")[0]
    assert set(re.findall(r"\bt\.(\w+)", entry)) == ITEM_FIELDS.keys()
