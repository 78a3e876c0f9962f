"""Downloads of images by URL, with limits, retries, and guards against private addresses."""

from core.downloads.downloader import Downloader
from core.downloads.images import Download, Validators

__all__ = ["Download", "Downloader", "Validators"]
