"""Where a service listens, as a setting says it."""

import pytest

from dcs_mirror.listen_address import ListenAddress, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:9400", ListenAddress("127.0.0.1", 9400)),
        ("[::1]:9400", ListenAddress("::1", 9400)),
        ("[0:0::1]:1", ListenAddress("::1", 1)),
        ("10.1.2.3:65535", ListenAddress("10.1.2.3", 65535)),
        ("0.0.0.0:9400", ListenAddress("0.0.0.0", 9400)),  # noqa: S104 - it says so itself
        ("unix:/run/dcs mirror.sock", ListenAddress(path="/run/dcs mirror.sock")),
    ],
)
def test_an_address_or_a_socket(text: str, expected: ListenAddress) -> None:
    assert parse(text) == expected
    assert parse(str(expected)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "9400", ":9400", "localhost:9400", "127.0.0.1", "[::1]", "::1:9400", "[127.0.0.1]:9400",
        "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:+94", "127.0.0.1:\u0669400", "127.0.0.1:9400/metrics",
        "127.1:9400",
        "http://127.0.0.1:9400", "*:9400", "unix:run/x", "unix:", "unix:/run/", "unix:/a\nb", "unix", "",
        "unix:/" + "x" * 100,
    ],
)  # fmt: skip
def test_anything_else_is_refused_and_the_example_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1:9400|unix:/run/dcs-mirror\.sock|longer than"):
        parse(text)
