"""Secrets, Basic credentials, and proxies that are trusted."""

import base64

import pytest

from dcs_mirror.accounts import secrets
from dcs_mirror.listen_address import TrustedProxies
from dcs_mirror.web.hosts import host_of, is_address, is_of_another_site
from dcs_mirror.web.limits import Bucket


def _basic(text: bytes) -> str:
    return "Basic " + base64.b64encode(text).decode()


def test_a_secret_has_256_bits_and_only_its_digest_tells_it() -> None:
    made = {secrets.new_secret() for _ in range(100)}
    assert len(made) == 100
    for secret in made:
        assert len(base64.urlsafe_b64decode(secret + "=")) == 32
        given = secrets.presented(_basic(f"library:{secret}".encode()))
        assert given is not None
        assert given.name == "library"
        assert secrets.is_digest_of(secrets.digest(secret), given.digest)
        assert not secrets.is_digest_of(secrets.digest(secret[:-1]), given.digest)
        assert not secrets.is_digest_of(b"", given.digest)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (_basic(b"name:secret"), ("name", "secret")),
        (_basic(b"name:a:b"), ("name", "a:b")),
        ("basic  " + base64.b64encode(b"n:s").decode(), ("n", "s")),
        (_basic("é:ü".encode()), ("é", "ü")),
        (_basic(b":"), ("", "")),
        (_basic(b"name"), None),
        (_basic(b"\xff:x"), None),
        ("Basic", None),
        ("Basic !!!!", None),
        ("Bearer abc", None),
        ("", None),
    ],
)
def test_basic_credentials(header: str, found: tuple[str, str] | None) -> None:
    assert secrets.basic_credentials(header) == found


@pytest.mark.parametrize(
    ("setting", "peer", "trusted"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("10.0.0.0/8, ::1", "10.2.3.4", True),
        ("10.0.0.0/8 ::1", "::1", True),
        ("10.0.0.0/8", "::ffff:10.1.1.1", True),
        ("fe80::/10", "fe80::1%eth0", True),
        ("127.0.0.1", None, False),
        ("unix", None, True),
        ("unix", "127.0.0.1", False),
        ("", "127.0.0.1", False),
    ],
)
def test_who_may_name_a_person(setting: str, peer: str | None, trusted: bool) -> None:
    assert TrustedProxies.parse(setting).trusts(peer) is trusted


@pytest.mark.parametrize(
    "setting", ["0.0.0.0/0", "::/0", "localhost", "10.0.0.1/8", "10.0.0.0/33", "*", "10.0.0"]
)
def test_a_setting_that_names_no_proxy_or_everybody_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match="must"):
        TrustedProxies.parse(setting)


def test_a_client_may_ask_so_often_and_after_a_pause_again() -> None:
    bucket = Bucket(2, 3)
    assert [bucket.wait("a", 0.0) for _ in range(3)] == [0, 0, 0]
    assert bucket.wait("a", 0.0) == 0.5
    assert bucket.wait("b", 0.0) == 0
    assert bucket.wait("a", 0.5) == 0
    assert bucket.wait("a", 0.5) > 0
    assert [bucket.wait("a", 100.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert [Bucket(0, 0).wait("a", 0.0) for _ in range(100)] == [0] * 100
    many = Bucket(1, 1)
    assert {many.wait(number, 0.0) for number in range(20_000)} == {0}


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("mirror.example.ac.uk", "mirror.example.ac.uk"),
        ("Mirror.Example.AC.UK:8400", "mirror.example.ac.uk"),
        ("localhost.", "localhost"),
        ("[::1]:8400", "::1"),
        ("127.0.0.1", "127.0.0.1"),
        ("", None),
        (None, None),
        ("a b", None),
        ("a@b", None),
        ("a/b", None),
        ("[::1", None),
        ("x" * 300, None),
    ],
)
def test_the_host_of_a_request(header: str | None, host: str | None) -> None:
    assert host_of(header) == host


@pytest.mark.parametrize(
    ("headers", "is_elsewhere"),
    [
        ({}, False),
        ({"Host": "a.ac.uk", "Origin": "https://a.ac.uk"}, False),
        ({"Host": "a.ac.uk:8400", "Origin": "http://A.ac.uk", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Host": "a.ac.uk", "Sec-Fetch-Site": "none"}, False),
        ({"Host": "a.ac.uk", "Origin": "https://b.ac.uk"}, True),
        ({"Host": "a.ac.uk", "Origin": "null"}, True),
        ({"Host": "a.ac.uk", "Origin": ""}, True),
        ({"Host": "a.ac.uk", "Origin": "https://a.ac.uk", "Sec-Fetch-Site": "cross-site"}, True),
        ({"Host": "a.ac.uk", "Sec-Fetch-Site": "same-site"}, True),
        ({"Host": "a.ac.uk", "Origin": "https://a.ac.uk.evil.example"}, True),
    ],
)
def test_what_a_page_elsewhere_has_a_browser_send(headers: dict[str, str], is_elsewhere: bool) -> None:
    assert is_of_another_site(headers) is is_elsewhere


def test_only_addresses_and_this_machine_need_no_name() -> None:
    assert [is_address(host) for host in ("localhost", "10.0.0.1", "::1", "evil.example")] == [
        True,
        True,
        True,
        False,
    ]
