"""The errors of downloads."""

from core.errors import CoreError, InvalidInput


class UrlRefused(InvalidInput):
    """Raised when a URL must not be requested, such as one of a private address."""

    code = "url-refused"
    title = "URL refused"


class DownloadFailed(CoreError):
    """Raised when an image could not be downloaded."""

    code = "download-failed"
    title = "Download failed"


class TemporaryFailure(DownloadFailed):
    """Raised when another attempt may succeed, after `wait_s` seconds if the server says so."""

    def __init__(self, detail: str, *, wait_s: float | None = None) -> None:
        super().__init__(detail)
        self.wait_s = wait_s
