"""The version in DCS_API_URL: said if it is missing or another one, with the address that is right."""

import pytest

from dcs_mirror import settings
from dcs_mirror.upstream.address import wrong_version

RIGHT = "https://api.cla.co.uk/dcs-course-content-urls/v3"


@pytest.mark.parametrize(
    "address",
    [RIGHT, f"{RIGHT}/", f"{RIGHT}///", RIGHT.replace("v3", "V3"), "https://h/v03", "https://h/v2/cla/v3"],
)
def test_version_3_is_right(address: str) -> None:
    assert wrong_version(settings.load(api_url=address).api_url) is None


@pytest.mark.parametrize(
    ("address", "right", "words"),
    [
        ("https://api.cla.co.uk/dcs-course-content-urls", RIGHT, "no version, so that version 1"),
        ("https://api.cla.co.uk/dcs-course-content-urls/", RIGHT, "no version"),
        ("https://api.cla.co.uk/dcs-course-content-urls/v1", RIGHT, "version 1"),
        ("https://api.cla.co.uk/dcs-course-content-urls/V2/", RIGHT, "version 2"),
        ("https://api.cla.co.uk", "https://api.cla.co.uk/v3", "no version"),
        ("https://h/a%20b/version3", "https://h/a%20b/version3/v3", "no version"),
        ("http://127.0.0.1:8300/x/v30", "http://127.0.0.1:8300/x/v3", "version 30"),
        (f"{RIGHT}/GetInstitutions", RIGHT, "goes on after the version"),
        (f"{RIGHT};x", RIGHT, "goes on after the version"),
        ("https://api.cla.co.uk/dcs-course-content-urls/GetInstitutions", RIGHT, "no version"),
        ("https://h/v1/GetCourses", "https://h/v3", "version 1"),
        ("https://h/v3;x/GetCourses", "https://h/v3", "goes on after the version"),
        ("https://h/v1/dcs", "https://h/v1/dcs/v3", "no version"),
        ("https://h/v3/dcs/v2", "https://h/v3/dcs/v3", "version 2"),
    ],
)
def test_another_version_or_none_is_told_with_the_right_address(address: str, right: str, words: str) -> None:
    told = wrong_version(settings.load(api_url=address).api_url)
    assert told is not None
    assert words in told
    assert told.endswith(f"set DCS_API_URL={right}")
    assert wrong_version(right) is None
