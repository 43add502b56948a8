"""aXcelerate's classes as student numbers of the DCS's courses."""

import pytest

from dcs_mirror.axcelerate.classes import ClassSize
from dcs_mirror.errors import SettingsError
from dcs_mirror.students import classes
from dcs_mirror.students.rows import SourceRow

SIZES = [
    ClassSize("HIS1-A", 11, "HIS1", 20),
    ClassSize("HIS1-B", 12, "HIS1", 5),
    ClassSize("ART-A", 13, "ART", 7),
    ClassSize(None, 14, None, 3),
]


def test_the_classes_of_a_course_are_added_up_by_equal_codes() -> None:
    source = classes.rows(SIZES, {"HIS1", "ART-A"})
    assert source.rows == [
        SourceRow("class 14", "", 3, fault="aXcelerate tells no code"),
        SourceRow("class 13", "ART-A", 7),
        SourceRow("class 11, 12", "HIS1", 25),
    ]
    assert source.told == "aXcelerate: 4 classes"


def test_a_file_maps_class_codes_before_course_codes() -> None:
    mapping = classes.mapping_of("map.csv", b"aXcelerate;DCS\nHIS1;H/1\nHIS1-B;H/2\n;\n")
    found = {row.course_code: row.students for row in classes.rows(SIZES[:3], set(), mapping).rows}
    assert found == {"H/1": 20, "H/2": 5, "ART": 7}


@pytest.mark.parametrize(
    ("line", "said"),
    [("HIS1,", "there must be a code"), ("A,y", "mapped twice"), ("B,1,y", "more cells than in the heading")],
)
def test_a_mapping_that_leaves_doubt_is_refused(line: str, said: str) -> None:
    with pytest.raises(SettingsError, match=f"map.csv: row 3: .*{said}"):
        classes.mapping_of("map.csv", f"from,to\nA,x\n{line}\n".encode())
