"""Sets one unit enrolment once: what may have been taken is looked at before it is sent again."""

from dcs_mirror.axcelerate.client import AxcelerateClient, retrying
from dcs_mirror.axcelerate.records import Activity, UnitUpdate


async def update(client: AxcelerateClient, wanted: UnitUpdate, *, in_doubt: bool = False) -> None:
    """Sets a unit enrolment to the values that are ``wanted``.

    A call that was not answered may have been taken all the same (A6). So before it is made again, aXcelerate
    is asked what the enrolment shows; where that is what is wanted, there is nothing more to do.

    Args:
        in_doubt: whether a call may have been made before, of which no answer is known.

    Raises:
        UpstreamError: Retryable where it is not known whether the update was taken, another where it was not.
    """
    is_first = not in_doubt

    async def attempt() -> None:
        nonlocal is_first
        if not is_first and await is_made(client, wanted):
            return
        is_first = False
        await client.update_unit(wanted)

    await retrying()(attempt)


async def is_made(client: AxcelerateClient, wanted: UnitUpdate) -> bool:
    """Whether aXcelerate shows all the wanted values by now, asked once."""
    found = await shown(client, wanted, attempts=1)
    return found is not None and wanted.is_shown_by(found)


async def shown(client: AxcelerateClient, wanted: UnitUpdate, *, attempts: int) -> Activity | None:
    """The unit enrolment that an update names; None where there is no such one."""
    enrolments = await client.class_enrolments(wanted.contact_id, wanted.class_id, attempts=attempts)
    return next((unit for e in enrolments for unit in e.units() if unit.id == wanted.unit_id), None)
