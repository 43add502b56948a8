"""Assessment of the index that words of titles are found by."""

from dcs_mirror.doctor.finding import Finding, ok, warning
from dcs_mirror.schema.search import SearchIndex

CHECK = "search"


def assess(index: SearchIndex | None) -> Finding:
    """Whether titles are searched by an index; to have none is no fault."""
    if index is None:
        return ok(CHECK, "titles are searched without an index; `dcs-mirror migrate --with-search` makes one")
    if not index.is_ready:
        return warning(
            CHECK,
            "the index for searches is not finished, or not this release's: searches do without it",
            "if no `dcs-mirror migrate` is building it now, run `dcs-mirror migrate`, which builds it again",
        )
    return ok(CHECK, f"titles are searched by an index of {index.megabytes}")
