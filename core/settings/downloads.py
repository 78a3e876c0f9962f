"""Settings of the download of images that a manifest names by URL."""

from pydantic import NonNegativeInt, PositiveFloat, PositiveInt

from core.records import StrictRecord
from core.settings.value_types import HostAndPort


class DownloadSettings(StrictRecord):
    """Limits of downloads; set them like `LOOKALIKE_DOWNLOADS__TIMEOUT_S=120`."""

    private_hosts: tuple[HostAndPort, ...] = ()
    """Hosts that may have a private address, as `["images.lan", "10.0.0.5:8080"]`."""
    ports: tuple[PositiveInt, ...] = (80, 443)
    """Ports that a URL may have; a private host may also be listed with another port."""
    connect_timeout_s: PositiveFloat = 10
    """Time to look up a host and connect to it."""
    timeout_s: PositiveFloat = 60
    """Time for the whole download of an image, including its redirects."""
    max_redirects: NonNegativeInt = 5
    """Redirects that are followed for one image."""
    max_attempts: PositiveInt = 4
    """Attempts for one image if the host is overloaded or the connection breaks."""
    per_host: PositiveInt = 4
    """Images that a worker process downloads from one host at the same time."""
