"""ISBN and ISSN of an item, in one spelling: what counts as one, and that every written row has them."""

import random

import pytest

from dcs_mirror.database.connections import Connection

BOOK = "9780306406157"
ISBNS = {
    "9780306406157": BOOK,
    "978-0-306-40615-7": BOOK,
    " 978 0 306 40615 7\t": BOOK,
    "0306406152": BOOK,
    "0-306-40615-2": BOOK,
    "0\N{EN DASH}306\N{NON-BREAKING HYPHEN}40615\N{MINUS SIGN}2": BOOK,
    "0\N{NO-BREAK SPACE}306 40615 2": BOOK,
    "ISBN 0-306-40615-2": BOOK,
    "isbn-10: 0306406152": BOOK,
    "ISBN-13 978-0-306-40615-7 (pbk.)": BOOK,
    "urn:isbn:9780306406157": BOOK,
    "9780306406157 (hbk); 0-306-40615-2": BOOK,
    "0306406152 0306406152": BOOK,
    "0306406152 (pbk. : 1978)": BOOK,
    "0306406152, wrong: 9780306406158": BOOK,
    "\uff19\uff17\uff18\uff10\uff13\uff10\uff16\uff14\uff10\uff16\uff11\uff15\uff17": BOOK,
    "306406152": BOOK,
    "080442957X": "9780804429573",
    "0-8044-2957-x": "9780804429573",
    "0-8044-2957-\uff38": "9780804429573",
    "9791034304110": "9791034304110",
    "979-10-343-0411-0": "9791034304110",
    # None, or not one.
    "9790260000438": None,
    "9780306406158": None,
    "0306406153": None,
    "306406153": None,
    "9770317847001": None,
    "5012345678900": None,
    "97803064061570": None,
    "0306406152X": None,
    "030640615X": None,
    "X306406152": None,
    "0306406152; 080442957X": None,
    "0317-8471": None,
    "0000000000": None,
    "": None,
    " ": None,
    "n/a": None,
    "10.1000/182": None,
    "\u0669\u0667\u0668\u0660\u0663\u0660\u0666\u0664\u0660\u0666\u0661\u0665\u0667": None,
    "0306406152 " + "x" * 2000: None,
}
ISSNS = {
    "0317-8471": "0317-8471",
    "03178471": "0317-8471",
    "0317 8471": "0317-8471",
    "0317\N{EN DASH}8471": "0317-8471",
    "ISSN 0317-8471": "0317-8471",
    "issn:0317-8471 (print)": "0317-8471",
    "2434-561x": "2434-561X",
    "\uff10\uff13\uff11\uff17-\uff18\uff14\uff17\uff11": "0317-8471",
    "0317-8471; ISBN 0-306-40615-2": "0317-8471",
    "0317-8472": None,
    "317-8471": None,
    "0317-8471, 2434-561X": None,
    "978-0-306-40615-7": None,
    "0306406152": None,
    "0000-0000": None,
    "1 0317-8471": None,
}


@pytest.mark.parametrize(("text", "isbn13"), ISBNS.items(), ids=[ascii(text)[:40] for text in ISBNS])
async def test_an_isbn_is_found_however_it_is_written(
    text: str, isbn13: str | None, connection: Connection
) -> None:
    assert await connection.fetchval("SELECT dcs.isbn13($1)", text) == isbn13


@pytest.mark.parametrize(("text", "issn"), ISSNS.items(), ids=[ascii(text) for text in ISSNS])
async def test_an_issn_is_found_however_it_is_written(
    text: str, issn: str | None, connection: Connection
) -> None:
    assert await connection.fetchval("SELECT dcs.issn($1)", text) == issn


def isbn13_of(number: str) -> str | None:
    """A second implementation, by the sums of the standard."""
    values = [10 if letter == "X" else int(letter) for letter in number]
    if len(number) == 13:
        is_valid = sum(value * (1, 3)[place % 2] for place, value in enumerate(values)) % 10 == 0
        return number if is_valid and number[:3] in {"978", "979"} and number[:4] != "9790" else None
    if sum(value * (10 - place) for place, value in enumerate(values)) % 11 or not number.strip("0"):
        return None
    return next(
        found for found in (f"978{number[:9]}{last}" for last in range(10)) if isbn13_of(found) is not None
    )


def issn_of(number: str) -> str | None:
    values = [10 if letter == "X" else int(letter) for letter in number]
    is_valid = sum(value * (8 - place) for place, value in enumerate(values)) % 11 == 0
    return f"{number[:4]}-{number[4:]}" if is_valid and number.strip("0") else None


async def test_check_digits_are_those_of_the_standards(connection: Connection) -> None:
    chance = random.Random(7)  # noqa: S311 - no secret
    numbers = [
        "".join(chance.choices("0123456789", k=length - 1))
        + chance.choice("0123456789X" * (length != 13) or "0123456789")
        for length in (8, 10, 10, 13)
        for _ in range(1500)
    ]
    numbers = [
        chance.choice(("978", "979")) + number[3:] if len(number) == 13 else number for number in numbers
    ]
    rows = await connection.fetch(
        "SELECT n, dcs.isbn13(n) AS isbn13, dcs.issn(n) AS issn FROM unnest($1::text[]) AS n", numbers
    )
    expected = [
        (n, None if len(n) == 8 else isbn13_of(n), issn_of(n) if len(n) == 8 else None) for n in numbers
    ]
    assert [tuple(row) for row in rows] == expected
    assert len({isbn13 for _, isbn13, _ in expected}) > 300
    assert len({issn for _, _, issn in expected}) > 80


async def test_each_row_has_them_and_what_a_recheck_cannot_look_up_is_told(connection: Connection) -> None:
    await connection.execute(
        "INSERT INTO dcs_mirror.content_item (hei_id, request_id, content_status, identifier, removed_at,"
        " first_seen_at, seen_at, changed_at)"
        " SELECT 7, n, status, identifier, CASE WHEN n = 8 THEN now() END, now(), now(), now() FROM (VALUES"
        " (1, 'Active', '0-306-40615-2'), (2, 'Active', '0317-8471'), (3, 'Active', NULL),"
        " (4, 'active ', E' \\u00a0\\t'), (5, 'Active', '9790260000438'), (6, 'Active', '030640615'),"
        " (7, 'Pending', NULL), (8, 'Active', NULL), (9, 'Active', '0306406152; 080442957X'))"
        " AS v (n, status, identifier)"
    )
    shown = await connection.fetch(
        "SELECT request_id, isbn13, issn FROM dcs.content_item"
        " WHERE isbn13 IS NOT NULL OR issn IS NOT NULL ORDER BY 1"
    )
    assert [tuple(row) for row in shown] == [(1, BOOK, None), (2, None, "0317-8471")]
    told = await connection.fetch(
        "SELECT i.request_id, u.hei_id, u.reason FROM dcs.unverifiable_item AS u"
        " JOIN dcs.content_item AS i USING (item_key) ORDER BY 1"
    )
    assert [tuple(row) for row in told] == [
        (3, 7, "no-identifier"),
        (4, 7, "no-identifier"),
        (5, 7, "invalid-identifier"),
        (6, 7, "invalid-identifier"),
        (9, 7, "invalid-identifier"),
    ]
    await connection.execute(
        "UPDATE dcs_mirror.content_item SET identifier = '080442957X' WHERE request_id = 1"
    )
    now = await connection.fetchval("SELECT isbn13 FROM dcs.content_item WHERE request_id = 1")
    assert now == "9780804429573"
