"""Limits of requests and jobs."""

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from core.records import StrictRecord

MEBIBYTE = 1024 * 1024


class Limits(StrictRecord):
    """Limits of requests and jobs; set them like `LOOKALIKE_LIMITS__MAX_UPLOAD_MB=2000`."""

    max_upload_mb: PositiveInt = 4096
    """Size of an upload, in MiB, whether it is sent at once or in parts."""
    max_open_uploads: PositiveInt = 20
    """Resumable uploads per API key that are not used yet."""
    max_files: PositiveInt = 10_000
    """Files in one request."""
    max_images: PositiveInt = 200_000
    """Images in one job."""
    max_image_mb: PositiveInt = 50
    """Size of one image file, unpacked, in MiB."""
    max_megapixels: PositiveInt = 50
    """Width x height of an image; a larger image is rejected before it is decoded."""
    min_free_mb: PositiveInt = 512
    """An upload is rejected if it would leave less free disk space than this."""
    max_expansion_ratio: PositiveInt = 100
    """Unpacked size of an archive, or of a file in it, relative to its packed size."""
    max_deleted_share: float = Field(default=0.2, ge=0, le=1)
    """Share of all items that an import of the whole catalogue may delete without confirmation."""
    idle_timeout_s: PositiveFloat = 30
    """A request ends if no part of its body arrives for this long."""
    reads_per_minute: NonNegativeInt = 30_000
    """Read requests per API key and API process; 0 means unlimited."""
    writes_per_minute: NonNegativeInt = 6_000
    """Write requests per API key, in all API processes together; 0 means unlimited."""
    visitor_reads_per_minute: NonNegativeInt = 300
    """Requests with storefront keys per address and API process; 0 means unlimited."""
    visitor_images_per_minute: NonNegativeInt = 3_000
    """Images without a key, by signed URLs, per address and API process; 0 means unlimited."""
