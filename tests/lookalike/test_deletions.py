"""Deletions by the client: names that would change the path, and responses of other deletions."""

import pytest

from lookalike.client import Lookalike
from lookalike.errors import LocalProblem, ServerProblem
from lookalike.job_handle import check_deletion
from tests.support.servers import free_port

ERASURE = {"kind": "erase-user", "collection": "shop"}


@pytest.mark.parametrize("name", ["", ".", "..", "a/..", "a//b"])
def test_a_name_that_would_change_the_path_is_not_sent(name):
    with Lookalike(f"http://127.0.0.1:{free_port()}", retries=0) as client:
        recommender = client.recommender("shop")
        calls = (
            lambda: client.delete_collection(name),
            lambda: client.delete_item("shop", name),
            lambda: client.change_item("shop", name, {}),
            lambda: recommender.erase(name),
            lambda: recommender.recommend(name),
            lambda: client.recommender(name).delete_sales(),
        )
        for call in calls:
            with pytest.raises(LocalProblem, match="not a valid name"):
                call()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"kind": "delete-collection", "collection": "shop"}, ERASURE),
        ({"kind": "erase-user", "collection": "other"}, ERASURE),
        ({}, ERASURE),
        (None, ERASURE),
        ({"kind": "delete-collection", "collection": "shop"}, None),
    ],
)
def test_the_response_of_another_deletion_is_an_error(body, expected):
    with pytest.raises(ServerProblem, match="deleted something other"):
        check_deletion(body, expected)


def test_the_response_of_the_requested_deletion_is_accepted():
    check_deletion(None, None)
    check_deletion({**ERASURE, "id": "1", "progress": {}}, ERASURE)
