"""Addresses of PostgreSQL: what libpq knows in them is heeded or refused by its name, never ignored."""

import os
from pathlib import Path

import pytest

from dcs_mirror import settings
from dcs_mirror.errors import SettingsError
from dcs_mirror.postgres_address import parameters, resolve
from dcs_mirror.postgres_address.resolve import Address
from dcs_mirror.upstream.surroundings import proxy_for

SECRET = "hunter2"


def at(text: str, **environment: str) -> Address:
    return resolve(text, environment)


def places(text: str, **environment: str) -> list[tuple[str | None, int]]:
    return [(host.name, host.port) for host in at(text, **environment).hosts]


def refusal(text: str, **environment: str) -> str:
    """Why an address is refused, in one line without its secret."""
    with pytest.raises(ValueError, match=r".") as refused:
        resolve(text, environment)
    assert SECRET not in str(refused.value)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("postgresql://u@db/dcs", [("db", 5432)]),
        ("postgres://u@db:5433/dcs", [("db", 5433)]),
        ("postgresql://u@h1:5433,h2,h3:5435/dcs", [("h1", 5433), ("h2", 5432), ("h3", 5435)]),
        ("postgresql://u@h1,h2/dcs?port=6432", [("h1", 6432), ("h2", 6432)]),
        ("postgresql://u@[2001:db8::1]:5433,[::1]/dcs", [("2001:db8::1", 5433), ("::1", 5432)]),
        ("postgresql:///dcs?user=u&host=/run/pg&port=5433", [("/run/pg", 5433)]),
        ("postgresql://u@%2Frun%2Fpg/dcs", [("/run/pg", 5432)]),
        ("postgresql://u@/dcs?hostaddr=192.0.2.1", [("192.0.2.1", 5432)]),
        ("host=h1,h2 port=1,2 user=u dbname=dcs", [("h1", 1), ("h2", 2)]),
        ("host='/run/my pg' user=u", [("/run/my pg", 5432)]),
        ("user=u", [(None, 5432)]),
    ],
)
def test_one_host_or_several_are_read_from_both_spellings(
    text: str, hosts: list[tuple[str | None, int]]
) -> None:
    assert places(text) == hosts


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
def test_a_mode_that_checks_needs_an_authority(mode: str, tmp_path: Path) -> None:
    assert "sslrootcert" in refusal(f"host=db user=u sslmode={mode}", HOME=str(tmp_path))
    assert refusal("host=db user=u", PGSSLMODE=mode).startswith(f"PGSSLMODE={mode} needs")
    (tmp_path / ".postgresql").mkdir()
    (tmp_path / ".postgresql" / "root.crt").touch()
    assert at(f"host=db user=u sslmode={mode}", HOME=str(tmp_path)).tls == {"sslmode": mode}


def test_the_authority_is_looked_for_in_the_home_of_the_account_if_no_variable_names_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".postgresql").mkdir()
    (tmp_path / ".postgresql" / "root.crt").touch()
    monkeypatch.setattr(os.path, "expanduser", lambda path: path.replace("~", str(tmp_path)))
    assert at("host=db user=u sslmode=verify-full").tls == {"sslmode": "verify-full"}
    assert at("host=db user=u sslmode=verify-full", HOME="").tls == {"sslmode": "verify-full"}
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as if the account had no home
    assert "sslrootcert" in refusal("host=db user=u sslmode=verify-full")


@pytest.mark.parametrize("host", ["/run/pg", "/run/pg,/run/other"])
def test_a_socket_needs_no_authority(host: str, tmp_path: Path) -> None:
    of_tls = {"PGSSLMODE": "verify-full", "HOME": str(tmp_path)}
    assert places(f"host={host} user=u", **of_tls)[0] == ("/run/pg", 5432)
    assert "sslrootcert" in refusal(f"host={host},db user=u", **of_tls)


@pytest.mark.parametrize("host", ["db..example.org", "h1,,h2", "@abstract"])
def test_a_host_is_refused_by_the_name_of_what_names_it(host: str) -> None:
    assert refusal("user=u", PGHOST=host).startswith("PGHOST: ")
    assert refusal(f"host={host} user=u").startswith("host: ")
    assert refusal("host=db user=u", PGPORT="1,2").startswith("PGPORT: give one port")


@pytest.mark.parametrize(
    ("text", "password"),
    [
        ("postgresql://u:p%40s%2Fs%3A%23@db/d", "p@s/s:#"),
        ("postgresql://u:a+b@db/d", "a+b"),
        ("postgresql://u:p#ss@db/d", "p#ss"),
        ("postgresql://u:%E2%82%AC@db/d", "€"),
        ("postgresql://u@db/d?password=a%2Bb+c", "a+b+c"),
        ("postgresql://u:a:b@db/d", "a:b"),
        (r"host=db user=u password='it\'s \\ all'", r"it's \ all"),
        (r"host=db user=u password=it\'s\ all", "it's all"),
        ("host = db user = u password = ''", None),
    ],
)
def test_a_password_is_read_as_libpq_reads_it(text: str, password: str | None) -> None:
    (host,) = at(text).hosts
    assert host.password == password


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"postgresql://u:p/{SECRET}@db/d", "percent-encode"),
        (f"postgresql://u:p?{SECRET}@db/d", "percent-encode"),
        (f"postgresql://u:p@{SECRET}@db/d", "percent-encode"),
        (f"postgresql://u:100%{SECRET}@db/d", "%25"),
        (f"postgresql://u:{SECRET}%ff@db/d", "UTF-8"),
        (f"postgresql://u:{SECRET}%00@db/d", "NUL"),
        (f"postgresql://u:{SECRET}@db:port/d", "port"),
        (f"postgresql://u:{SECRET}@db:0/d", "port"),
        (f"postgresql://u:{SECRET}@db:70000/d", "port"),
        (f"postgresql://u:{SECRET}@[db/d", "brackets"),
        (f"postgresql://u:{SECRET}@::1/d", "brackets"),
        (f"postgresql://u:{SECRET}@h1,,h2/d", "host"),
        (f"postgresql://u:{SECRET}@h1,h2/d?port=1,2,3", "port"),
        (f"postgresql://u:{SECRET}@db/d?host=@abstract", "abstract"),
        (f"postgresql://u:{SECRET}@db/d?{SECRET}", "parameter"),
        (f"postgresql://u:{SECRET}@db/d?connect_timeout=soon", "connect_timeout"),
        (f"mysql://u:{SECRET}@db/d", "postgresql://"),
        (f"u:{SECRET}@db/d", "postgresql://"),
        (f"host=db password='{SECRET}", "pairs"),
        (f"host=db {SECRET}", "pairs"),
    ],
)
def test_what_is_no_address_is_refused_without_its_secret(text: str, said: str) -> None:
    assert said in refusal(text)


@pytest.mark.parametrize(
    "parameter",
    [
        "channel_binding=require",
        "client_encoding=LATIN1",
        "gssencmode=require",
        "hostaddr=192.0.2.1",
        "keepalives_idle=30",
        "load_balance_hosts=sometimes",
        "oauth_issuer=https://example.org",
        "replication=database",
        "require_auth=scram-sha-256",
        "requirepeer=postgres",
        "service=nosuch",
        "sslcert=nosuch.pem",
        "sslcertmode=require",
        "sslcompression=1",
        "sslcrl=nosuch.pem",
        "sslcrldir=/etc",
        "sslkey=nosuch.pem",
        "sslmode=sometimes",
        "sslnegotiation=direct",
        "sslrootcert=nosuch.pem",
        "sslsni=0",
        "ssl_min_protocol_version=SSLv3",
        "target_session_attrs=master",
        "tcp_user_timeout=30",
        "statement_timeout=0",
        "pgbouncer=true",
    ],
)
def test_what_cannot_be_heeded_is_refused_by_its_name(parameter: str) -> None:
    name, _, value = parameter.partition("=")
    assert refusal(f"postgresql://u:{SECRET}@db/d?{parameter}").startswith(name)
    assert refusal(f"host=db user=u password={SECRET} {name}='{value}'").startswith(name)


def test_what_makes_no_difference_is_accepted() -> None:
    harmless = "channel_binding=prefer&gssencmode=disable&keepalives=1&sslsni=1&client_encoding=UTF8"
    assert at(f"postgresql://u@db/d?{harmless}").hosts == at("postgresql://u@db/d").hosts


def test_the_manner_of_connecting_is_read() -> None:
    manner = (
        "connect_timeout=3&target_session_attrs=primary&load_balance_hosts=random&application_name=nightly"
    )
    address = at(f"postgresql://u@h1,h2/d?{manner}&options=-c%20lock_timeout%3D1s&sslmode=require")
    assert (address.seconds, address.target, address.in_any_order) == (3, "primary", True)
    assert address.startup == {"application_name": "nightly", "options": "-c lock_timeout=1s"}
    assert address.tls == {"sslmode": "require"}
    assert at("postgresql://u@db/d?connect_timeout=0").seconds is None


@pytest.mark.parametrize(("spelled", "mode"), [("true", "require"), ("prefer", "prefer")])
def test_the_spelling_of_other_drivers_for_tls_is_understood(spelled: str, mode: str) -> None:
    assert at(f"postgresql://u@db/d?ssl={spelled}").tls == {"sslmode": mode}


def test_the_environment_says_what_the_address_does_not() -> None:
    environment = {
        "PGHOST": "h1,h2",
        "PGPORT": "6432",
        "PGUSER": "u",
        "PGPASSWORD": SECRET,
        "PGSSLMODE": "require",
    }
    address = at("postgresql:///dcs", **environment)
    assert str(address) == "h1:6432,h2:6432/dcs"
    assert (address.user, address.hosts[0].password) == ("u", SECRET)
    assert address.tls == {"sslmode": "require"}
    assert at("postgresql://o@h3:5432/dcs?sslmode=disable", **environment).tls == {"sslmode": "disable"}
    assert places("postgresql://o@h3/dcs", PGHOSTADDR="192.0.2.1") == [("h3", 5432)]
    assert places("postgresql://o@h3/dcs", PGPORT="") == [("h3", 5432)]


@pytest.mark.parametrize(
    "variable", ["PGCHANNELBINDING", "PGREQUIREAUTH", "PGSSLCRLDIR", "PGSSLMODE", "PGPASSFILE"]
)
def test_a_variable_that_cannot_be_heeded_is_refused_by_its_name(variable: str) -> None:
    value = "nosuch" if variable != "PGCHANNELBINDING" else "require"
    name = parameters.ENVIRONMENT[variable]
    assert refusal("postgresql://u@db/d", **{variable: value}).startswith((variable, name))


def test_a_service_says_what_the_address_does_not(tmp_path: Path) -> None:
    file = tmp_path / "services"
    lines = [
        "# ours",
        "[other]",
        "host=wrong",
        "[lib]",
        "host=h1,h2",
        "port=6432",
        "user=u",
        f"password={SECRET}",
    ]
    for encoding, end in (("utf-8", "\n"), ("utf-8-sig", "\r\n"), ("utf-16", "\r\n")):
        file.write_bytes(end.join(lines).encode(encoding))
        for text in ("postgresql:///dcs?service=lib", "service=lib dbname=dcs"):
            assert str(at(text, PGSERVICEFILE=str(file))) == "h1:6432,h2:6432/dcs"
        assert str(at("postgresql:///dcs", PGSERVICE="lib", PGSERVICEFILE=str(file))) == "h1:6432,h2:6432/dcs"
        assert places("postgresql://h9/d?service=lib", PGSERVICEFILE=str(file)) == [("h9", 6432)]
    file.write_text("[lib]\nuser=u\nchannel_binding=require\n")
    assert refusal("service=lib", PGSERVICEFILE=str(file)).startswith("channel_binding of the service")
    assert "no such service" in refusal("service=lob", PGSERVICEFILE=str(file))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_password_file_is_read_whatever_editor_saved_it(tmp_path: Path, encoding: str, end: str) -> None:
    file = tmp_path / "pass"
    lines = [r"db:5432:dcs:u:Zeb\:r\\a 7 ", "# *:*:*:*:wrong", "localhost:5433:*:u:socket", "*:*:*:o:other:s"]
    file.write_bytes(end.join(lines).encode(encoding))
    file.chmod(0o600)
    (host,) = at(f"postgresql://u@db/dcs?passfile={file}").hosts
    assert host.password == "Zeb:r\\a 7 "
    (host,) = at("postgresql://u@%2Frun/x?port=5433", PGPASSFILE=str(file)).hosts
    assert host.password == "socket"
    (first, second) = at(f"host=h1,h2 user=o passfile='{file}'").hosts
    assert (first.password, second.password) == ("other:s", "other:s")
    (host,) = at(f"postgresql://u@elsewhere/dcs?passfile={file}").hosts
    assert host.password is None
    assert refusal(f"postgresql://u@db/dcs?passfile={file}.old").startswith("passfile: ")
    file.chmod(0o644)
    assert "passfile: others may read" in refusal(f"postgresql://u@db/dcs?passfile={file}")


def test_the_usual_password_file_need_not_be_there_but_others_may_not_read_it(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    assert at("postgresql://u@db/d", **home).hosts[0].password is None
    file = tmp_path / ".pgpass"
    file.write_text(f"*:*:*:*:{SECRET}\n")
    file.chmod(0o600)
    assert at("postgresql://u@db/d", **home).hosts[0].password == SECRET
    file.chmod(0o640)
    assert "chmod 600" in refusal("postgresql://u@db/d", **home)
    assert at("postgresql://u@%2Frun/d", **home).hosts[0].password is None


def test_no_secret_is_in_a_text_of_an_address() -> None:
    address = at(f"postgresql://u:{SECRET}@h1,h2/d?sslpassword={SECRET}")
    assert str(address) == "h1,h2/d"
    assert SECRET not in repr(address) + repr(address.hosts)


@pytest.mark.parametrize("host", ["db..example.org", ".", f"{'a' * 64}.example.org"])
def test_a_host_that_no_machine_can_have_is_refused(host: str) -> None:
    assert refusal(f"postgresql://u@{host}/d") == refusal(f"host={host} user=u")
    words = "a host's name has at most 253 letters, and each of its parts 1 to 63"
    with pytest.raises(SettingsError, match=f"^DCS_API_URL: {words}$"):
        settings.load(api_url=f"https://u:{SECRET}@{host}/v3")
    with pytest.raises(SettingsError, match=f"^HTTPS_PROXY: {words}$"):
        proxy_for("https://api.example.org", {"HTTPS_PROXY": f"http://u:{SECRET}@{host}:3128"})


@pytest.mark.parametrize("address", [f"http://u:x@{SECRET}:{SECRET}", f"http://[{SECRET}"])
def test_an_address_that_cannot_be_read_is_not_repeated(address: str) -> None:
    with pytest.raises(SettingsError, match=r"^DCS_API_URL: is not a valid address$"):
        settings.load(api_url=address)
    with pytest.raises(SettingsError, match=r"^HTTPS_PROXY: is not a valid address$"):
        proxy_for("https://api.example.org", {"HTTPS_PROXY": address})
