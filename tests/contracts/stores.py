"""Where the contract of the store is tried: a folder, and a bucket on a server of S3."""

import os
import uuid
from urllib.parse import urlencode, urlsplit

import pytest

from tests.servers import s3_server

BUCKET = "shop"
PLACES = ["folder", pytest.param("s3", marks=pytest.mark.stack)]


def bucket_url(endpoint, prefix, bucket=BUCKET, key="anybody", secret="anything"):
    """The URL of a store in a bucket, with all that is needed to reach it."""
    return f"s3://{key}:{secret}@{bucket}/{prefix}?{urlencode({'endpoint': endpoint})}"


@pytest.fixture(scope="module")
def endpoint():
    with s3_server(BUCKET) as endpoint:
        yield endpoint


@pytest.fixture(params=PLACES)
def store_url(request, tmp_path):
    """The URL of an empty store; LOOKALIKE_TEST_S3 names a bucket of your own to try it in."""
    if request.param == "folder":
        return tmp_path.as_uri()
    prefix = f"tests/{uuid.uuid4().hex}"
    if theirs := os.environ.get("LOOKALIKE_TEST_S3"):
        return urlsplit(theirs)._replace(path=f"/{prefix}").geturl()
    return bucket_url(request.getfixturevalue("endpoint"), prefix)
