"""The file of whom students ask: what is refused, in one line that names the entry."""

from pathlib import Path

import pytest

from dcs_mirror.errors import SettingsError
from dcs_mirror.web.contacts import Contact, contact_of, load
from tests.support.pages import blocks

PAGE = Path(__file__).parents[3] / "docs/links.md"


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "contacts.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def entry(**values: str) -> str:
    keys = {"institutions": '"all"', "link": '"https://example.ac.uk"'} | values
    return "[[contact]]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())


def test_the_documented_file_is_read_as_the_page_says(tmp_path: Path) -> None:
    (example,) = blocks(PAGE.read_text(encoding="utf-8"), "toml")
    found = load(written(tmp_path, b"\xef\xbb\xbf" + example.encode()))
    assert contact_of(found, 108).link == "mailto:reading-lists@kingsmere.example.ac.uk"
    assert contact_of(found, 108).text_cy.startswith("Ysgrifennwch")
    for other in (109, None):
        assert contact_of(found, other) == Contact(link="https://library.example.ac.uk/help")
    assert contact_of(load(None), 108) == Contact()


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "http://example.ac.uk/",
        "//example.ac.uk/",
        "https://",
        "https://example.ac.uk/a b",
        "https://example.ac.uk:x/",
        "https://me:secret@example.ac.uk/",
        "https://example.ac.uk\\\\@evil.example/",
        "https://example.ac.uk/\\u202e",
        "https://example.ac.uk/<script>",
        "HTTPS://example.ac.uk/",
        "mailto:",
        "mailto:nobody",
        "mailto:a@example.ac.uk,b@example.ac.uk",
        "mailto:a@example.ac.uk?bcc=b@example.ac.uk",
        "mailto:a@example.ac.uk\\nBcc: b@example.ac.uk",
        "data:text/html,x",
        "https://example.ac.uk/" + "a" * 500,
    ],
)
def test_a_link_that_is_no_page_over_tls_and_no_mail_address_is_refused(tmp_path: Path, link: str) -> None:
    with pytest.raises(SettingsError, match=r"\[\[contact\]\] 2: link must be") as refused:
        load(written(tmp_path, entry() + entry(institutions="[1]", link=f'"{link}"')))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "has no"),
        ("contact = 1", "has no"),
        ("contact = [1]", "must be a table"),
        ("[contact]\nlink = 'x'", "has no"),
        ("[[contacts]]\nlink = 'x'", "unknown key 'contacts'"),
        (entry(mail="'x'"), "unknown key 'mail'"),
        (entry(link="''"), "says nothing"),
        (entry(link="1"), "link must be"),
        (entry(text="1"), "text must be"),
        (entry(text='"""a\nb"""'), "text must be"),
        (entry(text='"\\u202ehidden"'), "text must be"),
        (entry(text_cy=f'"{"a" * 501}"'), "text_cy must be"),
        (entry(institutions="[]"), "institutions must be"),
        (entry(institutions="108"), "institutions must be"),
        (entry(institutions="[true]"), "institutions must be"),
        (entry(institutions="[0]"), "institutions must be"),
        (entry(institutions="[4294967296]"), "institutions must be"),
        (entry(institutions='"everyone"'), "institutions must be"),
        (entry() + entry(), "there is an entry for 'all' already"),
        (entry(institutions="[8]") + entry(institutions="[7, 8]"), "there is an entry for 8 already"),
        (entry(institutions="[8, 8]"), "there is an entry for 8 already"),
        ("[[contact", "is not valid TOML"),
        (b"\xff\xfe\xff", "is not UTF-8"),
        (b"a" * 1_000_001, "is larger than"),
    ],
)
def test_a_file_that_says_something_else_is_refused(tmp_path: Path, text: str | bytes, told: str) -> None:
    with pytest.raises(SettingsError, match=r"^DCS_CONTACTS_FILE: ") as refused:
        load(written(tmp_path, text))
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(SettingsError, match=r"^DCS_CONTACTS_FILE: .* cannot be read"):
            load(path)
