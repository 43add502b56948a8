"""The file of who is told what: what is refused, in one line, without a word that is secret."""

import hashlib
import hmac
from pathlib import Path
from typing import Any

import pytest

from dcs_mirror.errors import SettingsError
from dcs_mirror.notify import addresses, book, webhook
from tests.support.pages import blocks

PASSWORD = "hunter2hunter2"
SECRET = "0123456789abcdef"
GOOD = f"""
[[notify]]
institutions = [108, 113]
events = ["flags", "digest"]
to = ["mailto://user:{PASSWORD}@mail.example.org?to=a@example.org", "webhook+https://example.org/hook"]
secret = "{SECRET}"
"""
PAGE = Path(__file__).parents[2] / "docs/notifications.md"


def written(folder: Path, text: str | bytes, mode: int = 0o600) -> Path:
    file = folder / "notify.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    file.chmod(mode)
    return file


def test_a_good_file_says_who_is_told_what(tmp_path: Path) -> None:
    mail, hook = book.load(written(tmp_path, "\ufeff" + GOOD))
    assert (mail.address.is_webhook, hook.address.is_webhook) == (False, True)
    assert mail.events(108) == ["flags", "digest"]
    assert mail.events(109) == []
    assert (mail.secret, hook.secret) == (b"", SECRET.encode())
    for recipient in (mail, hook):
        assert PASSWORD not in f"{recipient} {recipient.address}"
        assert SECRET not in repr(recipient)
    assert mail.address.shown == "mailto://mail.example.org (entry 1, address 1)"


def test_one_address_in_two_entries_is_one_recipient(tmp_path: Path) -> None:
    second = GOOD.replace("[108, 113]", '"all"').replace('"flags", "digest"', '"held"')
    mail, _ = book.load(written(tmp_path, GOOD + second))
    assert mail.events(108) == ["held", "flags", "digest"]
    assert mail.events(5) == ["held"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("[108, 113]", "[]", "institutions must be a list of numbers"),
        ("[108, 113]", "[true]", "institutions must be a list of numbers"),
        ("[108, 113]", '"some"', 'or "all"'),
        ("[108, 113]", "[0]", "numbers such as 108"),
        ("[108, 113]", "[99999999999]", "numbers such as 108"),
        ('"flags", "digest"', '"flag"', "unknown event 'flag'"),
        ('"flags", "digest"', "", "events must be a list"),
        ("events", "event", "unknown key 'event'"),
        ("[[notify]]", "[[notifies]]", "unknown key 'notifies'"),
        ("[[notify]]", "[notify]", r"has no \[\[notify\]\] entry"),
        ("to = [", "to = [ 5,", "to must be a list of texts"),
        ("webhook+https://example.org", "webhook+http://example.org", "unencrypted"),
        ("webhook+https://example.org", "webhook+https://me:pw@example.org", "must not contain a user"),
        ("webhook+https://example.org", "webhook+ftp://example.org", "such as webhook"),
        ("webhook+https://example.org", "webhook+https://exa\\u0000mple.org", "cannot be shown"),
        ("webhook+https://example.org", f"webhook+https://{'a' * 64}.org", "host that cannot exist"),
        ("webhook+https://example.org", "webhook+https://example..org", "host that cannot exist"),
        ("webhook+https://example.org", f"webhook+https://{'é' * 60}.org", "host that cannot exist"),
        ("webhook+https://example.org", f"webhook+https://{'abc.' * 80}org", "host that cannot exist"),
        ("webhook+https://example.org", "example.org", "must begin with its kind"),
        (f'secret = "{SECRET}"', "", "needs secret or secret_file"),
        (f'secret = "{SECRET}"', 'secret = "short"', "16 characters"),
        (f'secret = "{SECRET}"', 'secret_file = "missing"', "secret_file cannot be read"),
        (f'secret = "{SECRET}"', f'secret = "{SECRET}"\nsecret_file = "x"', "both set"),
        ("[108, 113]", "[108, 113", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_without_secrets(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    assert before in GOOD
    with pytest.raises(SettingsError, match=said) as caught:
        book.load(written(tmp_path, GOOD.replace(before, after)))
    line = str(caught.value)
    assert line.startswith("DCS_NOTIFY_FILE: ")
    assert "\n" not in line
    assert PASSWORD not in line
    assert SECRET not in line


@pytest.mark.parametrize("mode", [0o604, 0o620, 0o602, 0o644])
def test_a_file_that_others_can_read_or_write_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(SettingsError, match="chmod o-rwx,g-w"):
        book.load(written(tmp_path, GOOD, mode))


@pytest.mark.parametrize(
    "text", ["", "[[notify]]", "notify = 5", "notify = [5]", b"\xff\xfe\xff", b"a = '\x80'"]
)
def test_a_file_without_sense_is_refused(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(SettingsError, match="DCS_NOTIFY_FILE: "):
        book.load(written(tmp_path, text))


def test_a_file_that_is_missing_or_no_file_is_refused(tmp_path: Path) -> None:
    for path in (None, tmp_path / "none", tmp_path):
        with pytest.raises(SettingsError, match="DCS_NOTIFY_FILE"):
            book.load(path)


def test_a_secret_may_be_in_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "hook.secret").write_text(f"{SECRET}\n")
    found = book.load(written(tmp_path, GOOD.replace(f'secret = "{SECRET}"', 'secret_file = "hook.secret"')))
    assert found[1].secret == SECRET.encode()


def test_a_new_password_makes_no_new_recipient() -> None:
    old, new, other = (
        addresses.parse(f"mailto://{user}@example.org?to=a@example.org&token={token}", "entry 1")
        for user, token in (("me:old", "1"), ("me:new", "2"), ("you:old", "1"))
    )
    assert old.key == new.key != other.key
    assert "old" not in old.shown


def test_the_host_of_a_service_is_not_shown_because_it_may_be_a_token() -> None:
    assert addresses.parse("slack://TokenA/TokenB/TokenC", "entry 2").shown == "slack://… (entry 2)"


def test_the_page_verifies_what_is_signed() -> None:
    (example,) = blocks(PAGE.read_text(encoding="utf-8"), "python")
    made: dict[str, Any] = {}
    exec(example, made)  # noqa: S102 - the example of the page
    header = webhook.signature(SECRET.encode(), b"{}")
    assert made["is_genuine"](SECRET, b"{}", header)
    assert not made["is_genuine"](SECRET, b"{ }", header)
    assert header == "sha256=" + hmac.new(SECRET.encode(), b"{}", hashlib.sha256).hexdigest()


def test_the_file_of_the_page_is_valid(tmp_path: Path) -> None:
    (tmp_path / "webhook.secret").write_text(SECRET)
    (example,) = blocks(PAGE.read_text(encoding="utf-8"), "toml")
    assert len(book.load(written(tmp_path, example))) == 2
