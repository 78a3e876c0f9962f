"""The stores that the contract tests run on: a local folder, and a bucket on an S3 server."""

import os
import uuid
from urllib.parse import urlsplit

import pytest

from tests.support.servers import bucket_url, s3_server


@pytest.fixture(scope="session")
def endpoint():
    """An S3 server."""
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.stack)])
def store_url(request, tmp_path):
    """The URL of an empty store.

    To test your own server, set LOOKALIKE_TEST_S3 to the URL of a bucket:
    `s3://key:secret@bucket?endpoint=https://objects.example`.
    """
    if request.param == "folder":
        return tmp_path.as_uri()
    prefix = f"tests/{uuid.uuid4().hex}"
    if own_bucket := os.environ.get("LOOKALIKE_TEST_S3"):
        return urlsplit(own_bucket)._replace(path=f"/{prefix}").geturl()
    return bucket_url(request.getfixturevalue("endpoint"), prefix)
