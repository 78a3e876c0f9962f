"""All settings, read once from the environment (`LOOKALIKE_...`) by the entry points."""

from core.settings.downloads import DownloadSettings
from core.settings.encoders import EncoderSettings
from core.settings.errors import describe_errors
from core.settings.jobs import JobSettings
from core.settings.limits import MEBIBYTE, Limits
from core.settings.servers import LokoSettings, Ports, S3Settings
from core.settings.settings import Settings

__all__ = [
    "MEBIBYTE", "DownloadSettings", "EncoderSettings", "JobSettings", "Limits", "LokoSettings",
    "Ports", "S3Settings", "Settings", "describe_errors",
]  # fmt: skip
