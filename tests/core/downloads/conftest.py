import pytest

from core.downloads import Downloader
from core.settings import DownloadSettings
from tests.support.image_server import image_server


@pytest.fixture(scope="module")
def running():
    with image_server() as server:
        yield server


@pytest.fixture
def server(running):
    """A server without images, whose requests are counted from 0."""
    for record in (running.images, running.answers, running.requests, running.statuses):
        record.clear()
    running.headers.clear()
    return running


@pytest.fixture
def make_downloader(server):
    """Makes downloaders that may use the server."""
    made = []

    def make(resolve=None, ca=None, **settings):
        settings = {"private_hosts": (server.host,)} | settings
        options = {"resolve": resolve} if resolve else {}
        downloader = Downloader(
            DownloadSettings(**settings),
            max_bytes=10_000,
            ca=ca,
            backoff_s=0.001,
            **options,
        )
        made.append(downloader)
        return downloader

    yield make
    for downloader in made:
        downloader.close()


@pytest.fixture
def download(make_downloader):
    """Downloads one URL."""

    def download(url, *validators, **settings):
        return make_downloader(**settings).start(url, *validators).result(20)

    return download
