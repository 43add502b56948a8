"""The codes of a source as those of the DCS: as given, trimmed, mapped or by a rule (A5). No I/O."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dcs_mirror.students.rows import SourceRow

BLANKS = " \t\r\n\v\f\xa0\u2007\u202f\u200b\u200c\u200d\u2060\ufeff"
"""What is not seen at the ends of a code."""


@dataclass(frozen=True, slots=True)
class CodeRules:
    """How codes of a source differ from those of the DCS.

    ``mapping`` leads from codes of the source to codes of the DCS. ``suffixes`` are taken from the end of a
    code. ``extracted`` leads from codes, trimmed and without a suffix, to the part that the user's pattern
    takes; None if the pattern does not fit. Without a pattern, ``extracted`` is None.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    suffixes: Sequence[str] = ()
    extracted: Mapping[str, str | None] | None = None


def align(rows: Iterable[SourceRow], rules: CodeRules, codes: Collection[str]) -> list[SourceRow]:
    """Return the rows with the codes of the DCS in the place of their own.

    A code that the user mapped is the one that it is mapped to. Another one is looked for as it is given,
    then without the blanks around it, if this fits one code of the DCS only, then by the rules. If it is not
    found, the row has the code that follows from the rules, or its own without the blanks around it.

    Args:
        rows: the rows of the source.
        rules: how its codes differ.
        codes: the codes of the DCS.
    """
    trimmed: dict[str, list[str]] = {}
    for code in codes:
        trimmed.setdefault(code.strip(BLANKS), []).append(code)
    return [_aligned(row, rules, codes, trimmed) for row in rows]


def without_suffix(code: str, suffixes: Iterable[str]) -> str:
    """Return a code without the first of these suffixes that it has, and without blanks around it."""
    code = code.strip(BLANKS)
    for suffix in suffixes:
        if code.endswith(suffix) and code != suffix:
            return code.removesuffix(suffix).strip(BLANKS)
    return code


def _aligned(
    row: SourceRow, rules: CodeRules, codes: Collection[str], trimmed: Mapping[str, Sequence[str]]
) -> SourceRow:
    own = row.course_code
    if not own.strip(BLANKS):
        return row
    mapped = rules.mapping.get(own, rules.mapping.get(own.strip(BLANKS)))
    steps = [own] if mapped is None else [mapped]
    fault = None
    if mapped is None and (rules.suffixes or rules.extracted is not None):
        code = without_suffix(own, rules.suffixes)
        if rules.extracted is not None:
            extracted = rules.extracted.get(code)
            if extracted is None:
                fault = f"--code-pattern does not fit {code[:60]!r}"
            code = extracted or code
        steps.append(code)
    ambiguous: Sequence[str] = ()
    for step in steps:
        if step in codes:
            return _taken(row, step)
        fitting = trimmed.get(step.strip(BLANKS), ())
        if len(fitting) == 1:
            return _taken(row, fitting[0])
        ambiguous = ambiguous or fitting
    why = None
    if ambiguous:
        names = ", ".join(map(repr, ambiguous))
        why = f"several courses of the DCS differ only in blanks: {names}; give the code as one of them"
    aligned = _taken(row, steps[-1].strip(BLANKS))
    # What the user's mapping or rule made of a code is meant.
    doubt = row.doubt if aligned.course_code == own.strip(BLANKS) else None
    return replace(aligned, fault=aligned.fault or fault, doubt=doubt, unaligned=why)


def _taken(row: SourceRow, code: str) -> SourceRow:
    """Return the row with a code; its own is kept if it is another one."""
    return replace(row, course_code=code, given=row.course_code if row.course_code != code else None)
