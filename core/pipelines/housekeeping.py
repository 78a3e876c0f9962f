"""Removes what nobody will ask for any more."""

from datetime import UTC, datetime, timedelta

from core.errors import NotFound
from core.pipelines.rooms import Rooms

UPLOADS_KEPT = timedelta(days=7)
"""How long failures can be tried again, and how long what broke off in the middle may lie."""


def drop_old_uploads(rooms: Rooms, now: datetime | None = None) -> list[str]:
    """Discard staged uploads that are old and that no open job works on; return their ids."""
    oldest = (now or datetime.now(UTC)) - UPLOADS_KEPT
    dropped = [u for u, arrived in rooms.uploads.arrivals() if arrived < oldest]
    in_work = _in_work(rooms) if dropped else set()
    dropped = [upload for upload in dropped if upload not in in_work]
    for upload in dropped:
        rooms.uploads.discard(upload)
    return dropped


def _in_work(rooms: Rooms) -> set[str]:
    found = set()
    for job_id in rooms.ledger.open_jobs():
        try:
            found.add(str(rooms.ledger.get(job_id).args.get("upload")))
        except NotFound:
            continue
    return found
