"""The headings under which a librarian's list has the parameters of a request. No I/O."""

from collections.abc import Mapping, Sequence

from dcs_mirror.errors import SettingsError
from dcs_mirror.students.cells import plain
from dcs_mirror.writes.commands import SubmitRequest

OTHER_COLUMNS = ("hei", "author", "chapter", "first_page", "last_page")
"""Columns that are no parameters: the institution's id, and those from which parameters are made."""

# Besides the specification's name and the mirror's, reduced to letters and digits. Of the groups between
# bars the first that matches is used. Lists in Welsh have Welsh ones.
_SPELLINGS: Mapping[str, str] = {
    "course_code": "modulecode unitcode codcwrs codycwrs codmodiwl codymodiwl"
    " | course module unit courseid moduleid code",
    "academic_name": "lecturer lecturername nameoflecturer academic nameofacademic requester requestername"
    " requestedby modulelead moduleleader courseleader moduleconvenor darlithydd enwrdarlithydd",
    "email": "emailaddress lectureremail lectureremailaddress emailoflecturer academicemail requesteremail"
    " ebost cyfeiriadebost",
    "is_book": "bookorjournal bookjournal type materialtype itemtype sourcetype publicationtype resourcetype"
    " kind math",
    "isn": "isbn issn isbn13 isbn10 isbnissn isbnorissn issnisbn issnorisbn identifier standardnumber",
    "title": "booktitle journaltitle bookjournaltitle bookorjournaltitle sourcetitle publicationtitle"
    " titleofbook titleofjournal journal book teitlyllyfr teitlycyfnodolyn | teitl",
    "extract_title": "chaptertitle articletitle chapterarticletitle chapterorarticletitle titleofchapter"
    " titleofarticle titleofextract chaptername extract article teitlypennod teitlybennod teitlyrerthygl",
    "year": "yearofpublication publicationyear pubyear dateofpublication publicationdate blwyddyn",
    "volume": "vol volumenumber volumeno cyfrol",
    "issue": "issuenumber issueno rhifyn",
    "page_range": "pages page pp pagenumbers pagesrequired extractpages pagesofextract tudalennau",
    "needed_by": "deliverydate requiredby daterequired dateneeded dateneededby requiredbydate deadline",
    "course_start": "coursestartdate startdate modulestart modulestartdate startofcourse",
    "notes": "note comments comment nodiadau",
    "faculty": "cyfadran college",
    "department": "dept school adran ysgol",
    "edition": "ed editionnumber argraffiad",
    "subtitle": "isdeitl",
    "chapter_number": "chapterno chapternum rhifpennod rhifybennod",
    "extract_author": "chapterauthor articleauthor authorofchapter authorofarticle authorofextract"
    " extractauthors awdurybennod awduryrerthygl",
    "publisher": "cyhoeddwr",
    "publication_place": "placeofpublication place",
    "book_pages": "totalpages numberofpages noofpages pagesinbook totalnumberofpagesinbook",
    "contributor": "contributors",
    "hei": "heiid institutionid",
    "author": "authors awdur",
    "chapter": "pennod",
    "first_page": "startpage pagefrom frompage pagestart",
    "last_page": "endpage pageto topage pageend",
}
_SEVERAL = frozenset({"isn", "title"})
"""Fields of which a list may have several columns, such as ISBN and ISSN; each row fills one."""

FIELDS: Mapping[str, str] = dict(
    zip(SubmitRequest.__struct_fields__[1:], SubmitRequest.__struct_encode_fields__[1:], strict=True)
)
"""The specification's names of the parameters, by the mirror's."""


def named(columns: Sequence[str]) -> dict[str, str]:
    """Return the headings that the user gave, by field; an empty one means that there is no such column.

    Args:
        columns: each ``FIELD=HEADING``; the field in the mirror's or the specification's spelling.

    Raises:
        SettingsError: if one is not of this form, or there is no such field.
    """
    known = {plain(spelling): field for field, spec in FIELDS.items() for spelling in (field, spec)}
    known |= {plain(field): field for field in OTHER_COLUMNS}
    found = {}
    for each in columns:
        field, separator, heading = each.partition("=")
        if not separator:
            raise SettingsError(f"--column: {each!r} is not FIELD=HEADING, such as title='Name of book'")
        if plain(field) not in known:
            raise SettingsError(f"--column: there is no field {field!r}; the fields are {', '.join(FIELDS)}")
        if known[plain(field)] in found:
            raise SettingsError(f"--column: {field} is given twice")
        found[known[plain(field)]] = heading
    return found


def positions(names: Sequence[str], given: Mapping[str, str]) -> dict[str, list[int]]:
    """Return the columns of each field that a row of headings has.

    Args:
        names: the cells of the row.
        given: the headings that the user named, by field.

    Raises:
        LookupError: if one that the user named is not there.
        SettingsError: if several columns may be one field.
    """
    plain_names = [plain(name) for name in names]
    found: dict[str, list[int]] = {}
    taken: set[int] = set()
    for field, heading in given.items():
        places = [place for place, name in enumerate(plain_names) if heading and name == plain(heading)]
        if heading and not places:
            raise LookupError(heading)
        found[field] = places
        taken.update(places)
    for field in (*FIELDS, *OTHER_COLUMNS):
        if field in found:
            continue
        own = {plain(field), plain(FIELDS.get(field, field))}
        groups = [set(words.split()) for words in _SPELLINGS.get(field, "").split("|")]
        groups = [own.union(*groups)] if field == "isn" else [own, *groups]
        by_group = [
            [place for place, name in enumerate(plain_names) if name in group and place not in taken]
            for group in groups
        ]
        if field == "title" and by_group[0] and by_group[1]:
            raise SettingsError(_ambiguous(field, names, by_group[0] + by_group[1]))
        places = next(filter(None, by_group), [])
        if len(places) > 1 and field not in _SEVERAL:
            raise SettingsError(_ambiguous(field, names, places))
        if places:
            found[field] = places
            taken.update(places)
    return {field: places for field, places in found.items() if places}


def _ambiguous(field: str, names: Sequence[str], places: Sequence[int]) -> str:
    option = f"--column {field}={names[places[0]]!r}"
    if len({plain(names[place]) for place in places}) == 1:
        return (
            f"{len(places)} columns are called {names[places[0]]!r}: rename one; or {option}, if only one of "
            "them is filled in each row"
        )
    columns = ", ".join(repr(names[place]) for place in places)
    return f"the columns {columns} may all be {field!r}: say which, {option}"
