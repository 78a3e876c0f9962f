"""Where the contract of the store is tried: a folder, and a bucket on a server of S3."""

import os
import uuid
from urllib.parse import urlsplit

import pytest

from tests.support.servers import bucket_url, s3_server


@pytest.fixture(scope="session")
def endpoint():
    """A server of S3."""
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.stack)])
def store_url(request, tmp_path):
    """The URL of an empty store; LOOKALIKE_TEST_S3 names a bucket of your own to try it in."""
    if request.param == "folder":
        return tmp_path.as_uri()
    prefix = f"tests/{uuid.uuid4().hex}"
    if theirs := os.environ.get("LOOKALIKE_TEST_S3"):
        return urlsplit(theirs)._replace(path=f"/{prefix}").geturl()
    return bucket_url(request.getfixturevalue("endpoint"), prefix)
