"""Links: a list that is pasted or uploaded, and for each link whether a student can open it."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from dcs_mirror.beside import in_thread
from dcs_mirror.errors import SettingsError
from dcs_mirror.links import check
from dcs_mirror.links import file as files
from dcs_mirror.links.check import Link
from dcs_mirror.web.dashboard.kept import KEPT, pack, unpack
from dcs_mirror.web.dashboard.refusals import NotThere
from dcs_mirror.web.dashboard.site import Later, Site, Visit
from dcs_mirror.web.dashboard.tables import DOWNLOAD, PAGE_ROWS, Column, Heading, Listing, Table
from dcs_mirror.web.link_lists import LARGEST, MOST_LINKS, Asked, Checked
from dcs_mirror.web.problems import TooLarge, digits

TABLE = Table(
    "links",
    "The links of the list",
    (
        Column("input", "Link", sorts=False),
        Column("is_openable", "Can a student open it?", "yes-no", sorts=False),
        Column("since", "Since", "date", sorts=False),
        Column("title", "Item", sorts=False),
        Column("course_code", "Course", "code", sorts=False),
        Column("institution", "Institution", sorts=False),
        Column("line", "Line", "number", sorts=False),
    ),
    "line",
    "No link of the list is like this.",
)
SHOWN = {
    "dead": "Cannot be opened",
    "unknown": "Nothing is known of",
    "open": "Can be opened",
}
"""What a page shows of a list, as the address has it, in words; else all of it."""
_UNKNOWN = {
    check.UNKNOWN: "not known: the mirror has no such item",
    check.AMBIGUOUS: "not known: several institutions have had this request id; choose one and check again",
}
_NO_NAMES: Mapping[str, object] = {
    "title": None,
    "extract_title": None,
    "course_code": None,
    "institution": None,
}


def add(site: Site) -> None:
    """Add the pages."""
    site.get("/links", _show, navigation="Links")
    site.post("/links/check", _check, has_file=True)
    site.get("/links/{list}", _show_list)


async def _show(visit: Visit) -> web.Response:
    return _form(visit, await visit.rows("institution_names"))


def _form(visit: Visit, institutions: Sequence[Any], wrong: str | None = None) -> web.Response:
    """Return the form, filled with what was sent if something is wrong with it."""
    return visit.page(
        "links.html",
        title="Links",
        status=200 if wrong is None else 400,
        wrong=wrong,
        lines=visit.form.get("lines", ""),
        column=visit.form.get("column", ""),
        institutions=institutions,
        hei_id=digits(visit.form.get("hei"), most=9),
        most_links=MOST_LINKS,
        most_megabytes=LARGEST // 2**20,
    )


async def _check(visit: Visit) -> web.StreamResponse | Later:
    """Check a list, keep it for a while, and lead to its page.

    Lists wait for each other, and take long: meanwhile they hold up no page and no download of others.
    """
    assert visit.person is not None  # noqa: S101 - who sends a form is signed in
    hei_id = digits(visit.form.get("hei"), most=9)
    if hei_id is not None:
        await visit.row("institution", hei_id=hei_id)
    institutions = await visit.rows("institution_names")
    lines, file = visit.form.get("lines", ""), visit.files.get("file")
    if file is not None and lines.strip():
        wrong = "Paste links or choose a file, not both. The file has to be chosen again."
        return _form(visit, institutions, wrong)
    if file is None and not lines.strip():
        wrong = "There is nothing to check: paste links, or choose a file that holds some."
        return _form(visit, institutions, wrong)
    column, person = visit.form.get("column", "").strip() or None, visit.person

    async def check_and_keep() -> web.Response:
        try:
            async with visit.parts.lists.checked(
                lambda: _read(lines, file, column), hei_id=hei_id, scope=person.hei_ids
            ) as checked:
                packed = await in_thread(pack, checked)
        except (SettingsError, TooLarge) as error:
            # The command's words name its option.
            said = str(error).replace(
                "name one with --column", "write the heading of one into the field for it"
            )
            return _form(visit, institutions, f"{said[:1].upper()}{said[1:]}.")
        return visit.redirect(f"/links/{visit.site.kept.keep(packed, person, visit.now)}")

    return check_and_keep


def _read(lines: str, file: bytes | None, column: str | None) -> Asked:
    if file is None:
        # With a mark, which the file of the results has then, too, and spreadsheets need.
        listed = files.read("the list", lines.encode("utf-8-sig", "replace"), only_lines=True, only_text=True)
    else:
        listed = files.read("the file", file, column, only_text=True)
    return listed, listed.links


async def _show_list(visit: Visit) -> web.Response:
    kept = visit.site.kept.find(visit.request.match_info["list"], visit.person, visit.now)
    if kept is None:
        raise NotThere
    packed, checked_at = kept
    if visit.parameters.get(DOWNLOAD) == TABLE.name:
        return _file(*await asyncio.to_thread(_as_csv, packed))
    wanted = visit.text("show")
    checked, each = await asyncio.to_thread(_sorted, packed)
    chosen = each.get(wanted or "", checked.links)
    return visit.page(
        "links_list.html",
        title="Links of a list",
        listing=await _part(visit, chosen),
        counts={show: len(links) for show, links in each.items()},
        total=len(checked.links),
        show=wanted,
        shown=SHOWN,
        read_as=checked.listed.read_as,
        checked_at=checked_at,
        forgotten_at=checked_at + KEPT,
        unknown=_UNKNOWN,
    )


def _as_csv(packed: bytes) -> tuple[bytes, str]:
    """Return the file of a list and its encoding."""
    checked = unpack(packed)
    return checked.as_csv(), checked.charset


def _sorted(packed: bytes) -> tuple[Checked, dict[str, list[Link]]]:
    """Return a list, and its links by what a page shows of it; takes a second for the longest."""
    checked = unpack(packed)
    each: dict[str, list[Link]] = {show: [] for show in SHOWN}
    for link in checked.links:
        each["unknown" if link.item_key is None else "open" if link.is_openable else "dead"].append(link)
    return checked, each


async def _part(visit: Visit, links: Sequence[Link]) -> Listing:
    """Return the part of a list that the address asks for, with what its items are called."""
    last = max(1, -(-len(links) // PAGE_ROWS))
    page = min(max(digits(visit.text("links-page"), most=6) or 1, 1), last)
    skip = (page - 1) * PAGE_ROWS
    part = links[skip : skip + PAGE_ROWS]
    found: dict[int, Any] = {
        row["item_key"]: row
        for row in await visit.rows(
            "link_items", item_keys=[link.item_key for link in part if link.item_key is not None]
        )
    }
    is_of_one = len(await visit.rows("institution_names")) == 1
    table = TABLE.without("institution") if is_of_one else TABLE
    rows = [
        {name: getattr(link, name) for name in Link.__dataclass_fields__}
        | dict(found.get(link.item_key or 0, _NO_NAMES))
        for link in part
    ]
    return Listing(
        table,
        [Heading(column, None, None) for column in table.columns if column.shown],
        rows,
        skip + 1,
        len(links),
        visit.asked.with_changes(**{"links-page": page - 1}) if page > 1 else None,
        visit.asked.with_changes(**{"links-page": page + 1}) if page < last else None,
        visit.asked.with_changes(**{DOWNLOAD: TABLE.name, "links-page": None, "show": None}),
    )


def _file(content: bytes, charset: str) -> web.Response:
    headers = {
        "Content-Type": f"text/csv; charset={charset}",
        "Content-Disposition": f'attachment; filename="{TABLE.name}.csv"',
        "Cache-Control": "no-store",
    }
    return web.Response(body=content, headers=headers)
