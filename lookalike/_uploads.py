"""The client's methods for uploads that are not complete, or that no request has used yet."""

from lookalike.models import Upload
from lookalike.transport import Transport, quote_segment


class UploadMethods:
    """The methods of `Lookalike` for large files that arrive in several requests.

    The methods that import files send large ones that way by themselves.
    """

    _transport: Transport

    def uploads(self) -> list[Upload]:
        """Return the uploads of the API key that are incomplete, or not used yet."""
        return [Upload.from_json(row) for row in self._transport.paginate("v1/uploads", {})]

    def delete_upload(self, id: str) -> None:
        """Delete an upload that is not needed; without this, it is deleted after a day."""
        self._transport.delete(f"v1/uploads/{quote_segment(id)}")
