"""Options that several commands share: the fields of a dataclass become parameters of a command."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass


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
