"""A Milvus behind TLS that requires a token."""

from contextlib import ExitStack
from urllib.parse import urlsplit

import numpy as np
import pytest

from core.errors import Unavailable
from core.vectors import VectorRow
from core.vectors.milvus import MilvusVectors
from tests.support.external.tls import certificate, grpc_token_proxy
from tests.support.servers import milvus_server

pytestmark = pytest.mark.stack

INDEX, VECTOR, TOKEN = "guarded", np.ones(4, dtype=np.float32), "root:pass word"


@pytest.fixture(scope="module")
def certificate_files(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def url(certificate_files, tmp_path_factory):
    with ExitStack() as stack:
        plain = stack.enter_context(milvus_server(tmp_path_factory.mktemp("milvus")))
        port = stack.enter_context(
            grpc_token_proxy(urlsplit(plain).port, TOKEN, *certificate_files)
        )
        yield f"https://127.0.0.1:{port}"


def test_vectors_are_written_and_searched_with_the_token_over_tls(url, certificate_files):
    store = MilvusVectors(url, token=TOKEN, ca=certificate_files[0])
    store.create(INDEX, 4)
    store.upsert(INDEX, [VectorRow("a", "main", VECTOR)])
    assert [match.sku for match in store.nearest(INDEX, VECTOR, limit=1)] == ["a"]


@pytest.mark.parametrize(("token", "trusted"), [(None, True), ("root:wrong", True), (TOKEN, False)])
def test_a_wrong_token_or_untrusted_certificate_is_unavailable_and_leaks_no_secret(
    url, certificate_files, token, trusted
):
    with pytest.raises(Unavailable) as error:
        MilvusVectors(url, token=token, ca=certificate_files[0] if trusted else None).ping()
    assert "pass word" not in str(error.value)
    assert "wrong" not in str(error.value)
