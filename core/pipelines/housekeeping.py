"""Removes what nobody will ask for any more."""

from datetime import UTC, datetime, timedelta

from core.pipelines.rooms import Rooms

UPLOADS_KEPT = timedelta(days=7)
"""How long failures can be tried again, and how long what broke off in the middle may lie."""


def drop_old_uploads(rooms: Rooms, now: datetime | None = None) -> list[str]:
    """Discard staged uploads that are old and that no open job works on; return their ids."""
    oldest = (now or datetime.now(UTC)) - UPLOADS_KEPT
    dropped = [u for u, arrived in rooms.uploads.arrivals() if arrived < oldest]
    in_work = {job.args.get("upload") for job in rooms.ledger.open_jobs()} if dropped else set()
    dropped = [upload for upload in dropped if upload not in in_work]
    for upload in dropped:
        rooms.uploads.discard(upload)
    return dropped
