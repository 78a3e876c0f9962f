"""A Milvus behind TLS that asks for a token."""

from contextlib import ExitStack
from urllib.parse import urlsplit

import numpy as np
import pytest

from core.errors import Unavailable
from core.vectors import VectorRow
from core.vectors.milvus import MilvusVectors
from tests.support.servers import milvus_server
from tests.support.tls import certificate, grpc_door

pytestmark = pytest.mark.stack

SPACE, VECTOR, TOKEN = "guarded", np.ones(4, dtype=np.float32), "root:pass word"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def url(made, tmp_path_factory):
    with ExitStack() as stack:
        plain = stack.enter_context(milvus_server(tmp_path_factory.mktemp("milvus")))
        port = stack.enter_context(grpc_door(urlsplit(plain).port, TOKEN, *made))
        yield f"https://127.0.0.1:{port}"


def test_vectors_are_kept_and_found_with_the_token_over_tls(url, made):
    store = MilvusVectors(url, token=TOKEN, ca=made[0])
    store.create(SPACE, 4)
    store.upsert(SPACE, [VectorRow("a", "main", VECTOR)])
    assert [match.sku for match in store.nearest(SPACE, VECTOR, limit=1)] == ["a"]


@pytest.mark.parametrize(("token", "trusted"), [(None, True), ("root:wrong", True), (TOKEN, False)])
def test_without_the_token_or_who_signs_it_is_unavailable_and_tells_no_secret(
    url, made, token, trusted
):
    with pytest.raises(Unavailable) as refused:
        MilvusVectors(url, token=token, ca=made[0] if trusted else None).ping()
    assert "pass word" not in str(refused.value)
    assert "wrong" not in str(refused.value)
