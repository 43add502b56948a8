"""A Singer tap for the DCS, written as the Singer SDK's guide advises: institutions, courses, content.

``python -m bench.tap --config FILE`` writes Singer messages to standard output; the file holds ``url``.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th

_TEXTS = (
    "content-GUID",
    "content-URL",
    "content-status",
    "date-created",
    "last-modified",
    "rejection-message",
)


class _DcsStream(RESTStream):
    primary_keys: ClassVar[list[str]] = ["id"]
    # No bookmarks: there is nothing to resume from, and one per course would slow the tap down.
    state_partitioning_keys: ClassVar[list[str]] = []

    @property
    def url_base(self) -> str:
        return str(self.config["url"])

    def get_url_params(self, context: Mapping[str, Any] | None, next_page_token: object) -> dict[str, Any]:  # noqa: ARG002 - the SDK's signature
        return dict(context or {})


class Institutions(_DcsStream):
    """The institution list."""

    name = "institutions"
    path = "/GetInstitutions"
    records_jsonpath = "$.institutions[*]"
    schema = th.PropertiesList(
        th.Property("id", th.IntegerType), th.Property("name", th.StringType)
    ).to_dict()

    def get_child_context(self, record: Mapping[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG002 - the SDK's signature
        return {"hei": record["id"]}


class Courses(_DcsStream):
    """The courses of each institution."""

    name = "courses"
    path = "/GetCourses"
    records_jsonpath = "$.courses[*]"
    parent_stream_type = Institutions
    schema = th.PropertiesList(
        th.Property("hei", th.IntegerType),
        th.Property("id", th.IntegerType),
        th.Property("duration", th.IntegerType),
        *(
            th.Property(n, th.StringType)
            for n in ("academic-year", "status", "course-code", "lecturer", "name")
        ),
    ).to_dict()

    def get_child_context(self, record: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
        return {"hei": context["hei"], "code": record["course-code"]}


class ContentItems(_DcsStream):
    """The content items of each course; the bibliographic details stay one JSON object."""

    name = "content_items"
    path = "/GetCourseContent"
    records_jsonpath = "$['content-items'][*]"
    primary_keys: ClassVar[list[str]] = ["request-id"]
    parent_stream_type = Courses
    schema = th.PropertiesList(
        th.Property("hei", th.IntegerType),
        th.Property("code", th.StringType),
        th.Property("request-id", th.IntegerType),
        th.Property("previous-year-id", th.IntegerType),
        th.Property("bibliographic-details", th.ObjectType(additional_properties=True)),
        *(th.Property(n, th.StringType) for n in (*_TEXTS, "notes", "licence", "source")),
    ).to_dict()


class DcsTap(Tap):
    """The tap."""

    name = "tap-dcs"
    config_jsonschema = th.PropertiesList(th.Property("url", th.StringType, required=True)).to_dict()

    def discover_streams(self) -> list[_DcsStream]:
        return [Institutions(self), Courses(self), ContentItems(self)]


if __name__ == "__main__":
    DcsTap.cli()
