"""Models of resumable uploads."""

from pydantic import Field

from api.schemas.base import ApiModel, Timestamp
from api.schemas.parameters import UPLOAD_ID


class UploadOut(ApiModel):
    """A resumable upload that no request has used yet."""

    id: str = Field(examples=[UPLOAD_ID])
    filename: str = Field(examples=["images.zip"])
    size: int = Field(examples=[2_147_483_648])
    """Bytes of the whole file."""
    offset: int = Field(examples=[1_468_006_400])
    """Bytes that are stored; the upload is complete once this is the size."""
    fingerprint: str = Field(examples=["images.zip 2147483648 1790000000"])
    """The text by which the client recognises the file; "" if it sent none."""
    expires_at: Timestamp
    """When the upload is deleted, unless more of it arrives or a request uses it."""


class UploadsPage(ApiModel):
    """All resumable uploads of an API key that no request has used yet."""

    items: list[UploadOut]
    next_cursor: None = Field(default=None, examples=[None])
