"""The page for students whose link cannot be opened."""

from datetime import UTC, datetime

import pytest

from dcs_mirror.web.contacts import Contact
from dcs_mirror.web.dead_link import page, preferred

SINCE = datetime(2026, 8, 3, 23, 30, tzinfo=UTC)
REASONS = [
    "removed",
    "course-removed",
    "course-archived",
    "course-deleted",
    "course-unknown",
    "archived",
    "deleted",
    "pending",
    "rejected",
    "new-request",
    "no-link",
    "ambiguous",
    "unknown",
    "away",
    "some-new-status",
]


@pytest.mark.parametrize(
    ("header", "asked", "language"),
    [
        (None, None, "en"),
        ("cy", None, "cy"),
        ("cy-GB, en;q=0.5", None, "cy"),
        ("fr, en, cy", None, "en"),
        ("cy;q=0, en", None, "en"),
        ("fr", None, "en"),
        ("cy", "en", "en"),
        ("en", "cy", "cy"),
        ("en", "<script>", "en"),
        ("," * 10_000, None, "en"),
    ],
)
def test_the_language_of_the_page(header: str | None, asked: str | None, language: str) -> None:
    assert preferred(header, asked) == language


@pytest.mark.parametrize("why", REASONS)
def test_the_page_says_why_and_since_when_in_both_languages(why: str) -> None:
    english, _ = page(why, SINCE, "en")
    welsh, headers = page(why, SINCE, "cy")
    assert "4 August 2026" in english  # in London it was past midnight
    assert "4 Awst 2026" in welsh
    assert '<html lang="en">' in english
    assert '<html lang="cy">' in welsh
    assert headers["Content-Language"] == "cy"
    assert "None" not in english + welsh
    assert english.count("<p>") == welsh.count("<p>")


def test_each_reason_has_words_of_its_own() -> None:
    known = [why for why in REASONS if not why.startswith("course-") and why != "some-new-status"]
    for language in ("en", "cy"):
        assert len({page(why, None, language)[0] for why in known}) == len(known)


def test_the_page_says_whom_to_ask_in_the_language_that_it_has_a_text_for() -> None:
    both = Contact("Ask <b>us</b> & co.", "Gofynnwch i ni.", "mailto:us@example.ac.uk")
    english, _ = page("archived", SINCE, "en", both)
    assert "<p>Ask &lt;b&gt;us&lt;/b&gt; &amp; co.</p>" in english
    assert '<a href="mailto:us@example.ac.uk">us@example.ac.uk</a>' in english
    assert "Ask your library" not in english
    welsh, _ = page("archived", SINCE, "cy", both)
    assert "Gofynnwch i ni." in welsh
    assert "us@example.ac.uk" in welsh
    half, _ = page("archived", SINCE, "cy", Contact("Ask us.", "", "https://example.ac.uk/a?b=1&c='"))
    assert "Gofynnwch i'ch llyfrgell" in half.replace("&#x27;", "'")
    assert "Ask us." not in half
    assert 'href="https://example.ac.uk/a?b=1&amp;c=&#x27;"' in half
    away, _ = page("away", None, "en", both)
    assert "us@example.ac.uk" not in away  # no library can mend that
