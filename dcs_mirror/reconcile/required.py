"""What a reading lacks, so that nothing of it can be applied yet."""

from dcs_mirror.reading import InstitutionReading


class LookupsRequired(Exception):
    """Nothing was applied: these request ids must be looked up first (R4)."""

    def __init__(self, request_ids: list[int]) -> None:
        super().__init__(f"{len(request_ids)} request ids must be looked up first")
        self.request_ids = request_ids


class LookupsOvertaken(Exception):
    """Nothing was applied: these request ids must be looked up again, because of another reading (C5)."""

    def __init__(self, request_ids: list[int]) -> None:
        super().__init__(f"{len(request_ids)} request ids must be looked up again")
        self.request_ids = request_ids


class RereadRequired(Exception):
    """Nothing was applied: the whole institution must be read again. The text says why."""

    def mark(self, reading: InstitutionReading, *, instead_of: InstitutionReading) -> None:
        """Note in ``reading`` what it repeats, besides what the reading before repeated."""
        reading.is_reread = instead_of.is_reread
        reading.is_reread_overtaken = instead_of.is_reread_overtaken


class RolloverDetected(RereadRequired):
    """The institution was rolled over while it was read (R8)."""

    def __init__(self) -> None:
        super().__init__("it may have been rolled over meanwhile")

    def mark(self, reading: InstitutionReading, *, instead_of: InstitutionReading) -> None:
        """Note that ``reading`` repeats one that met a rollover."""
        super().mark(reading, instead_of=instead_of)
        reading.is_reread = True


class ReadingOvertaken(RereadRequired):
    """Answers were unchanged, but what they were compared with is no longer stored (C5)."""

    def __init__(self) -> None:
        super().__init__("another reading or a purge changed what it was compared with")

    def mark(self, reading: InstitutionReading, *, instead_of: InstitutionReading) -> None:
        """Note that ``reading`` repeats one that was overtaken."""
        super().mark(reading, instead_of=instead_of)
        reading.is_reread_overtaken = True
