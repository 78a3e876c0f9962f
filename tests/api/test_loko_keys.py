import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.settings import Settings
from core.store import Files, Keys
from core.store.keys import Role
from tests.servers import free_port

CREATE, LIST = "/loko/collections/create", "/loko/collections/list"
FORM = {"value": None, "args": {"collection_name": "shoes"}}


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    ports = {name: free_port() for name in ("redis", "cache", "milvus")}  # nothing listens there
    return Settings(data=tmp_path_factory.mktemp("loko"), ports=ports)


@pytest.fixture(scope="module")
def ask(settings):
    """Post FORM to a path with a key of a role; the answer."""
    keys = Keys(Files(settings.store))
    texts = {role: keys.create(role, role)[1] for role in Role}
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:

        def post(path, role=None):
            head = {"Authorization": f"Bearer {texts[role]}"} if role else {}
            return client.post(path, json=FORM, headers=head)

        yield post


@pytest.mark.parametrize("path", [CREATE, LIST])
def test_a_block_without_a_key_gets_nothing_where_there_are_keys(ask, path):
    assert ask(path).status_code == 401


def test_a_block_with_a_key_to_write_makes_no_collection(ask):
    answer = ask(CREATE, Role.WRITE)
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/json")
    assert "this key is for write" in answer.json()


def test_a_block_with_a_key_of_an_admin_comes_past_the_door(ask):
    assert ask(CREATE, Role.ADMIN).status_code not in {401, 403}
