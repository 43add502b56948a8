"""Sets one unit enrolment exactly once: reads it before repeating a call that may have been carried out."""

from dcs_mirror.axcelerate.client import AxcelerateClient, retrying
from dcs_mirror.axcelerate.records import Activity, UnitUpdate
from dcs_mirror.errors import NotConnected, OutcomeUnknown, Retryable, RunEnded, UpstreamError


class Setting:
    """Sets one unit enrolment to the values of ``wanted``.

    A call without an answer may have been carried out (A6). So before repeating it, read the enrolment: if it
    already has the wanted values, nothing is left to do.

    Args:
        client: the client of aXcelerate.
        wanted: the new values.
        in_doubt: whether an earlier call may have been sent whose answer is unknown. The attribute of this
            name also becomes true if that happens to a call of :meth:`make`.
    """

    def __init__(self, client: AxcelerateClient, wanted: UnitUpdate, *, in_doubt: bool = False) -> None:
        self._client = client
        self._wanted = wanted
        self.in_doubt = in_doubt

    async def make(self) -> None:
        """Set the enrolment, with retries.

        Raises:
            OutcomeUnknown: if a call may have been carried out and the enrolment cannot be read.
            UpstreamError: on any other failure; the enrolment is unchanged unless :attr:`in_doubt`.
        """
        await retrying()(self._attempt)

    async def _attempt(self) -> None:
        if self.in_doubt and await self._is_already_made():
            return
        try:
            await self._client.update_unit(self._wanted)
        except NotConnected:
            raise
        except Retryable:
            self.in_doubt = True
            raise

    async def _is_already_made(self) -> bool:
        """Whether the call in doubt was carried out."""
        try:
            return await is_made(self._client, self._wanted)
        except (Retryable, RunEnded):
            raise
        except UpstreamError as error:  # about reading, so it says nothing about the update
            raise OutcomeUnknown(
                f"it is unknown whether the update was made, and the enrolment cannot be read: {error}"
            ) from error


async def update(client: AxcelerateClient, wanted: UnitUpdate, *, in_doubt: bool = False) -> None:
    """Set a unit enrolment exactly once (see :class:`Setting`).

    Raises:
        Retryable, OutcomeUnknown: if it is unknown whether the update was made.
        UpstreamError: any other, if it was not made.
    """
    await Setting(client, wanted, in_doubt=in_doubt).make()


async def is_made(client: AxcelerateClient, wanted: UnitUpdate) -> bool:
    """Whether the enrolment already has all the wanted values, by one call without retries."""
    unit = await shown(client, wanted, attempts=1)
    return unit is not None and wanted.is_shown_by(unit)


async def shown(client: AxcelerateClient, wanted: UnitUpdate, *, attempts: int) -> Activity | None:
    """The unit enrolment that an update is for, as it is now; None if there is none."""
    enrolments = await client.class_enrolments(wanted.contact_id, wanted.class_id, attempts=attempts)
    return next((unit for e in enrolments for unit in e.units() if unit.id == wanted.unit_id), None)
