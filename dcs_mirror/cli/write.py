"""`dcs-mirror submit-request`, `submit-course` and `amend-course`: writes to the DCS."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from dcs_mirror.cli.options import instant, spread
from dcs_mirror.cli.program import with_runtime
from dcs_mirror.cli.report import AsJson, HeiId, exit_if_not_read_back, print_json
from dcs_mirror.plain_text import counted, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcs_mirror.writes.closing import Closing
    from dcs_mirror.writes.commands import Write
    from dcs_mirror.writes.held_requests import AlreadyRequested
    from dcs_mirror.writes.service import Preview, WriteResult

CourseCode = Annotated[str, typer.Argument(metavar="CODE", help="The course's code [CourseCode].")]
SHOWN_IDS = 5
"""How many request ids are named of each kind that goes with a course."""

Status: TypeAlias = Literal["Active", "Archived", "Deleted"]


@dataclass(frozen=True)
class About:
    """The options that both writes of a course share, named like the write's fields."""

    weeks: Annotated[int | None, typer.Option(help="Duration in weeks, 1 to 52 [NumberOfWeeks].")] = None
    students: Annotated[
        int | None, typer.Option(help="Number of students, 0 to 9999 [NumberOfStudents].")
    ] = None
    department: Annotated[
        str | None, typer.Option(help="The department that runs the course [Department].")
    ] = None
    subject: Annotated[str | None, typer.Option(help="The course's subject [Subject].")] = None
    lead_lecturer: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only together with the email address [LeadLecturer].")
    ] = None
    lead_lecturer_email: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Only together with the name [LeadLecturerEmail].")
    ] = None


@dataclass(frozen=True)
class How:
    """The options of every write: whether to send it, and how to print."""

    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Validate it and show what would be sent; send nothing.")
    ] = False
    json: AsJson = False


@spread
def submit_request(
    hei: HeiId,
    *,
    academic_name: Annotated[str, typer.Option(metavar="NAME", help="The lecturer [AcademicName].")],
    email: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The lecturer's email address [EmailAddress].")
    ],
    is_book: Annotated[bool, typer.Option("--book/--journal", help="What the extract is from [IsBook].")],
    course_code: Annotated[
        str | None,
        typer.Option(
            "--course",
            metavar="CODE",
            help="The course that the extract is for; may be omitted [CourseCode].",
        ),
    ] = None,
    isn: Annotated[str | None, typer.Option(help="ISBN or ISSN; required without --title [ISN].")] = None,
    title: Annotated[
        str | None, typer.Option(help="Title of the book or journal; required without --isn [Title].")
    ] = None,
    extract_title: Annotated[
        str | None,
        typer.Option(help="Title of the chapter or article; a book needs it or --page-range [ExtractTitle]."),
    ] = None,
    page_range: Annotated[
        str | None,
        typer.Option(
            help="Pages of the extract, such as 1-20; a book needs them or --extract-title [PageRange]."
        ),
    ] = None,
    extract_author: Annotated[
        str | None, typer.Option(help="Author of the chapter or article [ExtractAuthor].")
    ] = None,
    year: Annotated[str | None, typer.Option(help="Year of publication [Year].")] = None,
    publisher: Annotated[str | None, typer.Option(help="Publisher [Publisher].")] = None,
    publication_place: Annotated[
        str | None, typer.Option(help="Place of publication [PublicationPlace].")
    ] = None,
    subtitle: Annotated[str | None, typer.Option(help="Books only [Subtitle].")] = None,
    edition: Annotated[str | None, typer.Option(help="Books only [Edition].")] = None,
    chapter_number: Annotated[str | None, typer.Option(help="Books only [ChapterNumber].")] = None,
    book_pages: Annotated[
        int | None, typer.Option(help="Books only: how many pages the book has [TotalNumberofPages].")
    ] = None,
    contributor: Annotated[str | None, typer.Option(help="Books only [Contributor].")] = None,
    volume: Annotated[str | None, typer.Option(help="Journals only [Volume].")] = None,
    issue: Annotated[str | None, typer.Option(help="Journals only [Issue].")] = None,
    doi: Annotated[str | None, typer.Option(help="Journals only [DOI].")] = None,
    faculty: Annotated[str | None, typer.Option(help="The faculty that runs the course [Faculty].")] = None,
    department: Annotated[
        str | None, typer.Option(help="The department that runs the course [Department].")
    ] = None,
    course_start: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN",
            help="When the course starts, in ISO 8601; UK time if it has no time zone [CourseStartDate].",
        ),
    ] = None,
    needed_by: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="When the extract is needed, in ISO 8601 [DeliveryDate]."),
    ] = None,
    notes: Annotated[
        str | None, typer.Option(help="Anything that helps to find the extract [Notes].")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Submit it although the same request is there already.")
    ] = False,
    how: How,
) -> None:
    r"""Submit a request for an extract to the DCS, and print its request id.

    The request appears in dcs.content_item at once, without a course until a
    course holds it. Every sync tracks it by its id until it ends. The names in
    brackets are the parameters of the DCS's SubmitRequest.

    It is refused if the same extract has already been requested for the same
    course, even if title, ISBN, pages or code are spelt differently. Rejected,
    deleted and removed requests do not count. The message names the request that
    is there. --again submits it nevertheless; the DCS cannot take a request back.
    --dry-run does not check this.

    It is sent once. If no answer comes, nobody knows whether the DCS accepted it.
    `dcs-mirror calls` then shows the call, and `dcs-mirror calls settle` finds out.

    Example: dcs-mirror submit-request 108 --book --isn 9780141439587 \
      --page-range 1-20 --academic-name 'Jo Hill' --email jo@example.ac.uk
    """
    from dcs_mirror.writes.commands import SubmitRequest

    write = SubmitRequest(
        hei_id=hei,
        academic_name=academic_name,
        email=email,
        is_book=is_book,
        course_code=course_code,
        isn=isn,
        title=title,
        extract_title=extract_title,
        page_range=page_range,
        extract_author=extract_author,
        year=year,
        publisher=publisher,
        publication_place=publication_place,
        subtitle=subtitle,
        edition=edition,
        chapter_number=chapter_number,
        book_pages=book_pages,
        contributor=contributor,
        volume=volume,
        issue=issue,
        doi=doi,
        faculty=faculty,
        department=department,
        course_start=instant(course_start, "--course-start"),
        needed_by=instant(needed_by, "--needed-by"),
        notes=notes,
    )
    _carry_out(write, how, again=again)


@spread
def submit_course(
    hei: HeiId,
    code: CourseCode,
    *,
    name: Annotated[str, typer.Option(help="The course's name [CourseName].")],
    about: About,
    how: How,
) -> None:
    """Submit a new course to the DCS.

    Without --weeks the DCS sets 52 weeks, without --students 0 students; a course
    with 0 students cannot roll over in June. The names in brackets are the
    parameters of the DCS's SubmitCourse.

    Example: dcs-mirror submit-course 108 'HIST 101' --name 'Modern history' \\
      --weeks 12 --students 25
    """
    from dcs_mirror.writes.commands import SubmitCourse

    write = SubmitCourse(
        hei_id=hei,
        course_code=code,
        name=name,
        **asdict(about),
    )
    _carry_out(write, how)


@spread
def amend_course(
    hei: HeiId,
    code: CourseCode,
    *,
    new_code: Annotated[
        str | None, typer.Option(metavar="CODE", help="The course's new code [NewCourseCode].")
    ] = None,
    name: Annotated[str | None, typer.Option(help="The course's new name [CourseName].")] = None,
    about: About,
    status: Annotated[
        Status | None,
        typer.Option(
            help="The course's new status; sent only if it is given [Status]. Archived hides the content, "
            "Active reinstates it, Deleted permanently deletes the course and all its content."
        ),
    ] = None,
    confirm_deletion: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="Required with --status Deleted: the course's code again."),
    ] = None,
    how: How,
) -> None:
    """Amend a course in the DCS. What is not given stays unchanged.

    If an amendment omits weeks or students, the DCS sets them to 52 and 0. So both
    are always sent. Without --weeks, the weeks that the DCS lists now are sent;
    without --students, the number that this mirror sent last. If it has never sent
    one, --students is required, because the DCS never returns the number. The
    names in brackets are the parameters of the DCS's AmendCourse.

    With --status Archived or Deleted, --dry-run shows what is lost with the course:
    its items, and the links that students can open now. It also shows the rows of
    registered columns that hold the items' request ids. --dry-run needs no
    --confirm-deletion.

    Example: dcs-mirror amend-course 108 'HIST 101' --students 25
    """
    from dcs_mirror.writes.commands import AmendCourse

    write = AmendCourse(
        hei_id=hei,
        course_code=code,
        new_code=new_code,
        name=name,
        status=status,
        **asdict(about),
    )
    _carry_out(write, how, typed_again=confirm_deletion)


def _carry_out(write: "Write", how: How, *, typed_again: str | None = None, again: bool = False) -> None:
    from dcs_mirror import settings
    from dcs_mirror.writes import service, validation
    from dcs_mirror.writes.commands import CourseFields
    from dcs_mirror.writes.held_requests import AlreadyRequested

    if how.dry_run:
        validation.check(write)  # who looks first need not confirm a deletion
        if isinstance(write, CourseFields):
            preview = with_runtime(lambda runtime: service.preview(runtime, write))
        else:
            settings.load()  # an invalid setting stops it, although it needs no database
            preview = service.Preview(write)
        _show(preview, as_json=how.json)
        return
    validation.check_write(write, typed_again=typed_again)
    try:
        written = with_runtime(
            lambda runtime: service.execute(runtime, write, typed_again=typed_again, again=again)
        )
    except AlreadyRequested as refusal:
        if how.json:
            print_json({"refused": str(refusal), "already_there": _already_there(refusal)})
        raise
    _finish(written, as_json=how.json)


def _show(preview: "Preview", *, as_json: bool) -> None:
    """Print what would be sent, and what goes with it."""
    from dcs_mirror.writes.commands import parameters

    sent = parameters(preview.write)
    if as_json:
        closes = {} if preview.closes is None else {"closes": asdict(preview.closes)}
        print_json({"method": preview.write.method, "sent": sent} | closes)
        return
    typer.echo(f"{preview.write.method} would send:")
    typer.echo("\n".join(one_line(f"  {name}: {value}") for name, value in sent.items()))
    if preview.closes is not None:
        typer.echo("\n".join(_closing_lines(preview.closes)))


def _closing_lines(closes: "Closing") -> "Iterator[str]":
    if closes.status == "Deleted":
        yield "Deleted is permanent: the course and all its content are deleted."
    else:
        yield "Archived hides the content of the course until it is Active again."
    if closes.mirrored_at is None:
        yield "The mirror does not hold this course: run `dcs-mirror sync` to see what goes with it."
        return
    yield (
        f"With it go, as mirrored on {closes.mirrored_at:%Y-%m-%d %H:%M} UTC: "
        f"{counted(len(closes.request_ids), 'item')}{_first(closes.request_ids)}; "
        f"{counted(len(closes.open_request_ids), 'open link')}{_first(closes.open_request_ids)}"
    )
    for each in closes.registered:
        found = f"cannot be counted: {each.error}" if each.rows is None else counted(each.rows, "row")
        yield one_line(f"  registered column {each.column}: {found}{_first(each.request_ids)}")


def _first(request_ids: list[int]) -> str:
    more = ", …" if len(request_ids) > SHOWN_IDS else ""
    return f" ({', '.join(map(str, request_ids[:SHOWN_IDS]))}{more})" if request_ids else ""


def _already_there(refusal: "AlreadyRequested") -> list[dict[str, object]]:
    keys = ("request_id", "course_code", "content_status", "submitted_at", "call_id")
    return [{key: getattr(request, key) for key in keys} for request in refusal.held]


def _finish(written: "WriteResult", *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(written))
    elif written.request_id is not None:
        typer.echo(f"request {written.request_id} submitted (call {written.call_id})")
    else:
        done = "submitted" if written.method == "SubmitCourse" else "amended"
        typer.echo(f"course {written.course_code} {done} (call {written.call_id})")
    exit_if_not_read_back(written)
