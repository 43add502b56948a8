"""What a text asks for, however a link is wrapped."""

import time

import pytest

from dcs_mirror.links.reading import LONGEST, Asked, asked_for

G = "2998e0f4-db2d-e811-80bf-002590aca7cd"
LINK = f"https://contentstore.cla.co.uk/secure/link?id={G}"
ONCE = f"https%3A%2F%2Fcontentstore.cla.co.uk%2Fsecure%2Flink%3Fid%3D{G}"
TWICE = ONCE.replace("%", "%25")

GUIDS = [
    G,
    G.upper(),
    f"{{{G}}}",
    f"{{{G.upper()}}}",
    G.replace("-", ""),
    f"  {G}\t",
    f"\xa0{G}\u200b",
    f"\ufeff{G}",
    f'"{G}"',
    f"'{G}'",
    f"<{G}>",
    f"\u201c{G}\u201d",
    f"{G}.",
    f"({G}),",
    f"%7B{G}%7D",
    LINK,
    LINK.upper(),
    LINK.replace("https", "http"),
    LINK.replace("https://", ""),
    LINK.replace("contentstore", "www.dcs"),
    LINK.replace("contentstore", "demo-dcs"),
    LINK.replace("co.uk/", "co.uk:443/"),
    LINK.replace("co.uk/", "co.uk//"),
    LINK.replace("link?", "link/?"),
    LINK.replace(G, f"{{{G}}}"),
    LINK.replace(G, f"%7B{G}%7D"),
    f"{LINK}&utm_source=list",
    f"{LINK}&amp;utm_source=list",
    LINK.replace("?id", "?lang=en&id"),
    LINK.replace("?id", "?lang=en&amp;id"),
    LINK.replace("?id", "?lang=en&#38;id"),
    f"{LINK}#page=2",
    f"{LINK}.",
    f"{LINK});",
    f"<{LINK}>",
    f'"{LINK}"',
    f"\ufeff{LINK}",
    f'<a href="{LINK}">Read it</a>',
    f"Chapter 1: {LINK} (scan)",
    LINK.replace("/", "\\/"),
    f"https://proxy.x.ac.uk/login?url={LINK}",
    f"https://proxy.x.ac.uk/login?qurl={ONCE}",
    f"https://proxy.x.ac.uk/login?qurl={TWICE}",
    f"https://proxy.x.ac.uk/login?auth=sso&url={ONCE}&x=1",
    f"https://proxy.x.ac.uk/login?auth=sso&amp;qurl={ONCE}",
    f"https://dcs-cla-co-uk.eproxy.x.ac.uk/secure/link?id={G}",
    f"http://contentstore.cla.co.uk.ezproxy.x.ac.uk:2048/secure/link?id={G}",
    f"https://moodle.x.ac.uk/mod/url/view.php?u={TWICE}",
    f"https://safelinks.example/?url={ONCE}&data=05%7C01&reserved=0",
    ONCE,
    TWICE,
    ONCE.replace("%3A", "%3a").replace("%2F", "%2f"),
    f"{LINK} {LINK}",
    f"https://mirror.x.ac.uk/go/{G}",
    f"/go/{G.upper()}",
    f"https://mirror.x.ac.uk/dcs/go/%7B{G}%7D?from=list",
]
REQUESTS = {
    "2396577": Asked(request_id=2396577),
    " 2396577\r": Asked(request_id=2396577),
    "2396577.0": Asked(request_id=2396577),
    "'2396577": Asked(request_id=2396577),
    "002396577": Asked(request_id=2396577),
    "9223372036854775807": Asked(request_id=2**63 - 1),
    "108/2396577": Asked(request_id=2396577, hei_id=108),
    "108 / 2396577": Asked(request_id=2396577, hei_id=108),
    "108%2F2396577": Asked(request_id=2396577, hei_id=108),
    "/go/2396577": Asked(request_id=2396577),
    "https://mirror.x.ac.uk/go/2396577": Asked(request_id=2396577),
    "https://mirror.x.ac.uk/go/108/2396577": Asked(request_id=2396577, hei_id=108),
    "https://mirror.x.ac.uk/go/108/2396577.": Asked(request_id=2396577, hei_id=108),
    "https://proxy.x.ac.uk/login?url=https://mirror.x.ac.uk/go/108/2396577&x=1": Asked(
        request_id=2396577, hei_id=108
    ),
    "https://proxy.x.ac.uk/login?qurl=https%3A%2F%2Fmirror.x.ac.uk%2Fgo%2F2396577": Asked(request_id=2396577),
}
NOTHING = [
    "",
    " ",
    "\x00",
    "\ud800",
    "\ufeff",
    "0",
    "-5",
    "1e9",
    "1.5",
    "2,396,577",
    "\u0661\u0662",
    "9223372036854775808",
    "9" * 400,
    "0/5",
    "2147483648/5",
    "1/2/3",
    "12/05/2024x",
    G[:-1],
    f"{G}0",
    G.replace("-", "_"),
    "https://contentstore.cla.co.uk/secure/link",
    "https://contentstore.cla.co.uk/secure/link?id=",
    "https://contentstore.cla.co.uk/secure/link?id=2396577",
    f"https://contentstore.cla.co.uk/secure/link?id={G}0",
    f"https://contentstore.cla.co.uk/secure/link?wid={G}",
    f"https://x.sharepoint.com/open?id={G}",
    f"{LINK} {LINK.replace('2998', '3000')}",
    "https://x.ac.uk/go/12/13/14",
    "https://x.ac.uk/gone/12",
    "Link",
    "=HYPERLINK(1)",
    "%",
    "%25" * 50,
]


@pytest.mark.parametrize("text", GUIDS)
def test_a_guid_is_found_in_whatever_surrounds_it(text: str) -> None:
    assert asked_for(text) == Asked(guid=G)


@pytest.mark.parametrize("text", REQUESTS)
def test_a_request_id_is_found_with_its_institution(text: str) -> None:
    assert asked_for(text) == REQUESTS[text]


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_no_link_asks_for_nothing(text: str) -> None:
    assert asked_for(text) is None


def test_controls_and_lone_surrogates_beside_a_link_do_not_hide_it() -> None:
    for stray in ("\x00", "\ud800 ", "\ufffd ", "\u202e"):
        assert asked_for(f"{stray}{LINK}") == Asked(guid=G)


def test_blanks_do_not_make_a_link_too_long() -> None:
    assert asked_for(" " * 10_000_000 + LINK + "\t" * 10) == Asked(guid=G)
    assert asked_for("x" * LONGEST + LINK) is None


@pytest.mark.parametrize(
    "part",
    [
        "/secure/link?",
        "/secure/link?id=&",
        "/go/1/",
        "%25",
        "&amp;",
        "{",
        "9",
        f"{G}-",
        "/secure/link?;;",
        '"',
        "(",
    ],
)
def test_no_text_takes_long(part: str) -> None:
    began = time.process_time()
    for size in (LONGEST, 10_000_000):
        asked_for("x" + part * (size // len(part)))
    assert time.process_time() - began < 1
