"""Readers of single values: what each accepts and refuses (W4, W5)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from dcs_mirror.upstream import fields
from dcs_mirror.upstream.fields import INT4_MAX, INT8_MAX, Unreadable

Reader = Callable[[object], object]

NEITHER_TEXT_NOR_NUMBER: list[object] = [[], ["1"], {}, {"a": 1}]


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        (fields.text, "", ""),
        (fields.text, " as it is ", " as it is "),
        (fields.text, 9780745321455, "9780745321455"),
        (fields.text, 2.5, "2.5"),
        (fields.text, 10**30, "1" + "0" * 30),
        (fields.integer, 52, 52),
        (fields.integer, "52", 52),
        (fields.integer, " -7 ", -7),
        (fields.integer, 52.0, 52),
        (fields.integer, 0, 0),
        (fields.integer, INT4_MAX, INT4_MAX),
        (fields.identity, 1, 1),
        (fields.identity, "261006", 261006),
        (fields.identity, INT8_MAX, INT8_MAX),
        (fields.identity, str(INT8_MAX), INT8_MAX),
        (fields.institution_id, "209", 209),
        (fields.institution_id, INT4_MAX, INT4_MAX),
        (fields.previous_id, 187698, 187698),
        (fields.previous_id, "187698", 187698),
        (fields.previous_id, 0, None),
        (fields.previous_id, 0.0, None),
        (fields.previous_id, "0", None),
        (fields.previous_id, "", None),
        (fields.real, 248.05, 248.05),
        (fields.real, "248.05", 248.05),
        (fields.real, 0, 0.0),
        (fields.truth, True, True),
        (fields.truth, False, False),
        (fields.truth, "True", True),
        (fields.truth, " false ", False),
        (fields.truth, 1, True),
        (fields.truth, 0, False),
        (fields.truth, "yes", True),
        (fields.truth, "No", False),
        (fields.year, "2016/17", "2016-2017"),
        (fields.year, 2016, "2016-2017"),
        (fields.instant, "", None),
        (fields.instant, "  ", None),
    ],
)
def test_w4_a_readable_value_is_read(reader: Reader, value: object, expected: object) -> None:
    read = reader(value)
    assert read == expected
    assert type(read) is type(expected)


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        *[
            (reader, value)
            for reader in (
                fields.text,
                fields.integer,
                fields.identity,
                fields.institution_id,
                fields.previous_id,
                fields.real,
                fields.year,
                fields.instant,
            )
            for value in (True, False, *NEITHER_TEXT_NOR_NUMBER)
        ],
        *[(fields.truth, value) for value in NEITHER_TEXT_NOR_NUMBER],
        (fields.integer, ""),
        (fields.integer, "52 weeks"),
        (fields.integer, "5.2"),
        (fields.integer, "1_000"),
        (fields.integer, "0x10"),
        (fields.integer, "9" * 5000),
        (fields.integer, 52.5),
        (fields.integer, float("inf")),
        (fields.integer, float("nan")),
        (fields.integer, INT4_MAX + 1),
        (fields.integer, -INT4_MAX - 1),
        (fields.identity, 0),
        (fields.identity, -1),
        (fields.identity, "0"),
        (fields.identity, INT8_MAX + 1),
        (fields.identity, 10**400),
        (fields.identity, 1.5),
        (fields.institution_id, 0),
        (fields.institution_id, -209),
        (fields.institution_id, INT4_MAX + 1),
        (fields.previous_id, -1),
        (fields.previous_id, "none"),
        (fields.real, "large"),
        (fields.real, ""),
        (fields.real, "1_000"),
        (fields.real, "nan"),
        (fields.real, "Infinity"),
        (fields.real, float("nan")),
        (fields.real, float("-inf")),
        (fields.real, 10**400),
        (fields.truth, "maybe"),
        (fields.truth, ""),
        (fields.truth, 2),
        (fields.truth, 1.0),
        (fields.year, "2016-2018"),
        (fields.year, ""),
        (fields.instant, 20190510),
        (fields.instant, 1.5),
    ],
)
def test_w4_anything_else_is_unreadable_and_no_other_error(reader: Reader, value: object) -> None:
    with pytest.raises(Unreadable):
        reader(value)


@pytest.mark.parametrize(
    ("name", "month"),
    [
        *zip(
            ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
            range(1, 13),
            strict=True,
        ),
        ("January", 1),
        ("Sept", 9),
        ("DECEMBER", 12),
        ("jul", 7),
    ],
)
def test_w5_every_month_is_read_by_its_english_name(name: str, month: int) -> None:
    read = fields.instant(f"10/{name}/2019 12:00")
    assert read is not None
    assert (read.year, read.month, read.day) == (2019, month, 10)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        # The specification's two samples: both in British summer time.
        ("10/May/2019 10:21", datetime(2019, 5, 10, 9, 21, tzinfo=UTC)),
        ("31/Jul/2019 14:41", datetime(2019, 7, 31, 13, 41, tzinfo=UTC)),
        ("10/Jan/2019 10:21", datetime(2019, 1, 10, 10, 21, tzinfo=UTC)),
        ("1/Jan/2019", datetime(2019, 1, 1, tzinfo=UTC)),
        (" 10/May/2019  10:21:33 ", datetime(2019, 5, 10, 9, 21, 33, tzinfo=UTC)),
        # The last hour of winter time, and the hour after it, which has no 01:30 of its own.
        ("31/Mar/2019 00:59", datetime(2019, 3, 31, 0, 59, tzinfo=UTC)),
        ("31/Mar/2019 02:00", datetime(2019, 3, 31, 1, 0, tzinfo=UTC)),
        ("31/Mar/2019 01:30", datetime(2019, 3, 31, 1, 30, tzinfo=UTC)),
        # 01:30 occurs twice when summer time ends: the first one counts.
        ("27/Oct/2019 01:30", datetime(2019, 10, 27, 0, 30, tzinfo=UTC)),
        ("27/Oct/2019 02:00", datetime(2019, 10, 27, 2, 0, tzinfo=UTC)),
        ("2019-05-10T10:21:00", datetime(2019, 5, 10, 9, 21, tzinfo=UTC)),
        ("2019-05-10T10:21:00Z", datetime(2019, 5, 10, 10, 21, tzinfo=UTC)),
        ("2019-05-10T10:21:00.25+02:00", datetime(2019, 5, 10, 8, 21, 0, 250000, tzinfo=UTC)),
    ],
)
def test_w5_dates_are_uk_civil_time(written: str, expected: datetime) -> None:
    read = fields.instant(written)
    assert read == expected
    assert read is not None
    assert read.utcoffset() == timedelta()


@pytest.mark.parametrize(
    "nonsense",
    [
        "yesterday",
        "10/Mai/2019 10:21",
        "10/Foo/2019",
        "10/05/2019 10:21",
        "31/Feb/2019",
        "00/May/2019",
        "10/May/0000",
        "10/May/2019 25:00",
        "10/May/2019 10:61",
        "10/May/2019 10:21 PM",
        "10/May/19",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        "10/May/2019\x00",
        "\ud800",
    ],
)
def test_w5_a_text_that_is_no_date_is_unreadable(nonsense: str) -> None:
    with pytest.raises(Unreadable):
        fields.instant(nonsense)
