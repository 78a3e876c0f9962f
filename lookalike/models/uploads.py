"""Large files that arrive in several requests."""

from dataclasses import dataclass
from datetime import datetime

from lookalike.models.base import ResponseModel


@dataclass(frozen=True)
class Upload(ResponseModel):
    """A large file of which `offset` bytes have arrived, and which no request has used yet."""

    id: str
    filename: str
    size: int
    offset: int
    fingerprint: str
    expires_at: datetime
