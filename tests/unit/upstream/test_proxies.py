"""The way to a server that the environment describes: its proxies, exceptions and authorities."""

from pathlib import Path

import pytest

from dcs_mirror.errors import SettingsError
from dcs_mirror.upstream import surroundings

URL = "https://api.example.org/v3"
PROXY = {"HTTPS_PROXY": "http://proxy:3128"}


def proxy_of(url: str, **environment: str) -> tuple[str, str] | None:
    found = surroundings.proxy_for(url, environment)
    return None if found is None else (found.url, found.variable)


@pytest.mark.parametrize(
    ("url", "environment", "expected"),
    [
        (URL, {}, None),
        (URL, PROXY, ("http://proxy:3128", "HTTPS_PROXY")),
        (URL, PROXY | {"https_proxy": "http://small:1"}, ("http://small:1", "https_proxy")),
        (URL, {"HTTP_PROXY": "http://proxy:3128"}, None),
        (URL, {"ALL_PROXY": "http://proxy:3128"}, ("http://proxy:3128", "ALL_PROXY")),
        (URL, {"HTTPS_PROXY": "proxy:3128"}, ("http://proxy:3128", "HTTPS_PROXY")),
        (URL, {"HTTPS_PROXY": " http://proxy/ "}, ("http://proxy:80", "HTTPS_PROXY")),
        (URL, {"HTTPS_PROXY": "http://[2001:db8::1]:3128"}, ("http://[2001:db8::1]:3128", "HTTPS_PROXY")),
        (URL, {"HTTPS_PROXY": ""}, None),
        ("http://api.example.org", {"HTTP_PROXY": "http://p:1"}, ("http://p:1", "HTTP_PROXY")),
        ("http://127.0.0.1:8300/v3", {"HTTP_PROXY": "http://p:1"}, None),
        ("https://localhost/v3", PROXY, None),
        ("https://[::1]/v3", PROXY, None),
    ],
)
def test_the_proxy_is_the_one_that_other_programs_take(
    url: str, environment: dict[str, str], expected: tuple[str, str] | None
) -> None:
    assert proxy_of(url, **environment) == expected


@pytest.mark.parametrize(
    ("excepted", "url"),
    [
        ("*", URL),
        ("api.example.org", URL),
        ("example.org", URL),
        (".example.org", URL),
        ("*.example.org", URL),
        ("a.test, EXAMPLE.ORG ,b.test", URL),
        ("a.test example.org", URL),
        ("api.example.org:443", URL),
        ("example.org:8443", "https://api.example.org:8443"),
        ("192.0.2.1", "https://192.0.2.1/v3"),
        ("192.0.2.0/24", "https://192.0.2.77/v3"),
        ("2001:db8::/32", "https://[2001:db8::7]/v3"),
        ("[2001:db8::7]:443", "https://[2001:db8::7]/v3"),
        ("2001:db8::7", "https://[2001:db8::7]/v3"),
    ],
)
def test_what_no_proxy_names_is_reached_directly(excepted: str, url: str) -> None:
    assert proxy_of(url, **PROXY, NO_PROXY=excepted) is None
    assert proxy_of(url, **PROXY, no_proxy=excepted) is None


@pytest.mark.parametrize(
    "excepted", ["", "ample.org", "api", "api.example.org:8443", "example.org.uk", "192.0.2.0/24", "."]
)
def test_what_no_proxy_does_not_name_is_reached_through_it(excepted: str) -> None:
    assert proxy_of(URL, **PROXY, NO_PROXY=excepted) is not None


@pytest.mark.parametrize(
    "value",
    [
        "https://u:hunter2@proxy:3128",
        "socks5://u:hunter2@proxy:1080",
        "http://u:hunter2@proxy:port",
        "http://u:hunter2@[proxy",
        "http://u:hunter2@",
        "http://u:hun/ter2@proxy:3128",
    ],
)
def test_a_proxy_that_cannot_be_used_is_refused_by_its_variable(value: str) -> None:
    with pytest.raises(SettingsError, match=r"^HTTPS_PROXY: ") as refused:
        proxy_of(URL, HTTPS_PROXY=value)
    assert refused.value.exit_code == 2
    assert "ter2" not in str(refused.value)


def test_the_credentials_of_a_proxy_are_decoded_and_in_no_text() -> None:
    proxy = surroundings.proxy_for(URL, {"HTTPS_PROXY": "http://u:p%40ss@proxy:3128"})
    assert proxy is not None
    assert proxy.authorization == "Basic dTpwQHNz"
    assert "dTpw" not in repr(proxy)
    assert "p@ss" not in repr(proxy)


def test_only_a_tunnel_carries_the_credentials_of_its_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://u:p@proxy:3128")
    monkeypatch.setenv("HTTP_PROXY", "http://u:p@proxy:3128")
    secret = {"Authorization": "Basic ours"}
    proxys = {"Proxy-Authorization": "Basic dTpw"}
    assert surroundings.request_options(URL, secret) == {"headers": secret, "proxy_headers": proxys}
    assert surroundings.request_options("http://api.example.org", secret) == {"headers": secret | proxys}
    assert surroundings.request_options("http://127.0.0.1", secret) == {"headers": secret}


def test_a_file_of_authorities_that_holds_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "empty.pem").write_text("no certificate\n")
    for name in ("empty.pem", "missing.pem", "."):
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / name))
        with pytest.raises(SettingsError, match=r"^SSL_CERT_FILE: "):
            surroundings.trusted()
