"""Options that several commands share: dataclasses as parameters of a command, and instants."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime

import typer


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """Replace each parameter of a command that is a dataclass by that dataclass's fields.

    The fields are annotated like Typer's parameters. All parameters become keyword-only, as Typer passes
    them, so that one without a default may follow one with a default.
    """
    shared: dict[str, type] = {}
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        kind = parameter.annotation
        if isinstance(kind, type) and is_dataclass(kind):
            shared[parameter.name] = kind
            parameters += inspect.signature(kind).parameters.values()
        else:
            parameters.append(parameter)

    @functools.wraps(command)
    def spread_out(**given: object) -> None:
        for name, kind in shared.items():
            given[name] = kind(**{field.name: given.pop(field.name) for field in fields(kind)})
        command(**given)

    by_name = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters]
    vars(spread_out)["__signature__"] = inspect.Signature(by_name)
    spread_out.__annotations__ = {parameter.name: parameter.annotation for parameter in by_name}
    return spread_out


def instant(value: str | None, option: str) -> datetime | None:
    """Parse an ISO 8601 time; without a time zone it is UK time.

    Raises:
        typer.BadParameter: if it is no such time.
    """
    from dcs_mirror.clock import UK

    if value is None:
        return None
    try:
        given = datetime.fromisoformat(value)
        return given if given.tzinfo else given.replace(tzinfo=UK)
    except ValueError:
        raise typer.BadParameter(
            f"{option}: {value!r} is not an ISO 8601 time such as 2026-09-21T09:00"
        ) from None
