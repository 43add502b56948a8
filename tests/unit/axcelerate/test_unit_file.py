"""Files of unit updates: what is accepted, and how mistakes are named with their row."""

from datetime import date

import pytest

from dcs_mirror.axcelerate import unit_file
from dcs_mirror.axcelerate.records import UnitUpdate
from dcs_mirror.axcelerate.unit_file import Row
from dcs_mirror.errors import SettingsError

HEADING = "contact_id,class_id,unit_id,competent,start_date,end_date\n"


def rows(text: str) -> list[Row]:
    return unit_file.read("outcomes.csv", text.encode()).rows


def refusal(content: str | bytes) -> str:
    with pytest.raises(SettingsError) as refused:
        unit_file.read("outcomes.csv", content if isinstance(content, bytes) else content.encode())
    message = str(refused.value)
    assert message.startswith("outcomes.csv: ")
    assert "\n" not in message
    assert refused.value.exit_code == 2
    return message


def test_every_column_is_read_and_empty_cells_leave_values_as_they_are() -> None:
    read = rows(HEADING + "1,2,3,20,2026-03-01,2026-04-01\n\n 4 ,5,6,, ,2026-05-01\n")
    assert read == [
        Row(
            2,
            UnitUpdate(
                contact_id=1,
                class_id=2,
                unit_id=3,
                competent=20,
                start_date=date(2026, 3, 1),
                end_date=date(2026, 4, 1),
            ),
        ),
        Row(4, UnitUpdate(contact_id=4, class_id=5, unit_id=6, end_date=date(2026, 5, 1))),
    ]


@pytest.mark.parametrize(
    "heading",
    [
        "\ufeffCONTACTID,programInstanceId,instanceID,COMPETENT",
        "contactId,class id,Unit-ID,competent",
        '"contact_id","class_id","unit_id","competent"',
    ],
)
def test_columns_are_known_in_any_spelling_and_by_the_names_of_parameters(heading: str) -> None:
    wanted = UnitUpdate(contact_id=1, class_id=2, unit_id=3, competent=85)
    assert rows(f"{heading}\r\n1,2,3,85\r\n") == [Row(2, wanted)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "lacks contact_id, class_id, unit_id"),
        (HEADING, "no rows"),
        ("contact_id,class_id,unit_id\n1,2,3\n", "nothing to set: add competent, start_date, end_date"),
        ("contact_id;class_id;unit_id;competent\n1;2;3;20\n", "separated by commas, not by ';'"),
        ("contact_id\tclass_id\tunit_id\tcompetent\n1\t2\t3\t20\n", r"separated by commas, not by '\t'"),
        ("contact_id,class_id,unit_id,competant\n1,2,3,20\n", "unknown column 'competant'"),
        ("contact_id,class_id,unit_id,instanceid\n", "the column unit_id twice"),
        (HEADING.encode("utf-16"), "not UTF-8"),
        (HEADING + '"1,2,3', "not CSV"),
        (HEADING + "1,2,3,20\n", "row 2: 4 cells, but the heading has 6"),
        (HEADING + "x,2,3,20,,\n", "row 2: contact_id: 'x' is no id"),
        (HEADING + "1,,3,20,,\n", "row 2: class_id: '' is no id"),
        (HEADING + "1,2,0,20,,\n", "row 2: unit_id: '0' is no id"),
        (HEADING + "1,2,٣,20,,\n", "row 2: unit_id"),
        (HEADING + "1,2,3,C,,\n", "row 2: competent: 'C' is no outcome code"),
        (HEADING + "1,2,3,,1/2/2026,\n", "row 2: start_date: '1/2/2026' is no date of the form YYYY-MM-DD"),
        (HEADING + "1,2,3,,,2026-02-30\n", "row 2: end_date"),
        (HEADING + "1,2,3,,2026-05-01,2026-04-01\n", "row 2: end_date: is before start_date"),
        (HEADING + "1,2,3,,,\n", "row 2: nothing to set"),
        (HEADING + "1,2,3,20,,\n1,2,4,20,,\n1,2,3,30,,\n", "row 4: the same unit enrolment as row 2"),
        (HEADING + "1,2,x,y,z,\n", "row 2: unit_id: 'x' is no id; row 2: competent: 'y'"),
    ],
)
def test_a_mistake_is_named_with_its_row(content: str | bytes, words: str) -> None:
    assert words in refusal(content)


def test_mistakes_beyond_the_tenth_are_only_counted() -> None:
    message = refusal(HEADING + "x,2,3,20,,\n" * 14)
    assert "row 11: " in message
    assert "row 12: " not in message
    assert message.endswith("; and 4 more")
