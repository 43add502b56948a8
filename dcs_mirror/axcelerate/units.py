"""Sets one unit enrolment once: what may have been taken is looked at before it is sent again."""

from dcs_mirror.axcelerate.client import AxcelerateClient, retrying
from dcs_mirror.axcelerate.records import Activity, UnitUpdate
from dcs_mirror.errors import NotConnected, OutcomeUnknown, Retryable, RunEnded, UpstreamError


class Setting:
    """One unit enrolment on its way to the values that are ``wanted``.

    A call that was not answered may have been taken all the same (A6). So before it is made again, aXcelerate
    is asked what the enrolment shows; where that is what is wanted, there is nothing more to do.

    Args:
        in_doubt: whether a call may have been made before, of which no answer is known. It is an attribute
            too: whether one was made by now.
    """

    def __init__(self, client: AxcelerateClient, wanted: UnitUpdate, *, in_doubt: bool = False) -> None:
        self._client = client
        self._wanted = wanted
        self.in_doubt = in_doubt

    async def make(self) -> None:
        """Sets the enrolment.

        Raises:
            Unanswered: where a call may have been taken, and what the enrolment shows is refused.
            UpstreamError: where that is not answered as hoped for; unless :attr:`in_doubt`, it is not set.
        """
        await retrying()(self._attempt)

    async def _attempt(self) -> None:
        if self.in_doubt and await self._is_found():
            return
        try:
            await self._client.update_unit(self._wanted)
        except NotConnected:
            raise
        except Retryable:
            self.in_doubt = True
            raise

    async def _is_found(self) -> bool:
        """Whether the call in doubt was taken."""
        try:
            return await is_made(self._client, self._wanted)
        except (Retryable, RunEnded):
            raise
        except UpstreamError as error:  # of the question: it says nothing of the update
            raise OutcomeUnknown(
                f"nobody knows whether the update was taken, and it could not be looked for: {error}"
            ) from error


async def update(client: AxcelerateClient, wanted: UnitUpdate, *, in_doubt: bool = False) -> None:
    """Sets a unit enrolment once, as :class:`Setting` does.

    Raises:
        UpstreamError: Retryable or Unanswered where it is not known whether the update was taken, another
            where it was not.
    """
    await Setting(client, wanted, in_doubt=in_doubt).make()


async def is_made(client: AxcelerateClient, wanted: UnitUpdate) -> bool:
    """Whether aXcelerate shows all the wanted values by now, asked once."""
    found = await shown(client, wanted, attempts=1)
    return found is not None and wanted.is_shown_by(found)


async def shown(client: AxcelerateClient, wanted: UnitUpdate, *, attempts: int) -> Activity | None:
    """The unit enrolment that an update names; None where there is no such one."""
    enrolments = await client.class_enrolments(wanted.contact_id, wanted.class_id, attempts=attempts)
    return next((unit for e in enrolments for unit in e.units() if unit.id == wanted.unit_id), None)
