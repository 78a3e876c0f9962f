"""Blocks where the server has keys: a flow brings none."""

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.settings import LokoSettings, Settings
from core.storage import Files, Keys
from core.storage.api_keys import Role
from tests.support.servers import free_port

CREATE, LIST = "/loko/collections/create", "/loko/collections/list"
NAMES = "/loko/names/collections"
FORM = {"value": None, "args": {"collection_name": "shoes"}}


@pytest.fixture
def settings(tmp_path):
    ports = {name: free_port() for name in ("redis", "cache", "milvus")}  # nothing listens there
    return Settings(data=tmp_path, ports=ports)


@pytest.fixture
def keys(settings):
    """A key of each role; their texts."""
    keys = Keys(Files(settings.store))
    return {role: keys.create(role, role)[1] for role in Role}


def asked(settings, path, key=None, *, flows=""):
    """The answer to a block with a key, at a server with a key for flows."""
    settings = settings.model_copy(update={"loko": LokoSettings(key=flows)})
    head = {"Authorization": f"Bearer {key}"} if key else {}
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        if path == NAMES:
            return client.get(path, headers=head)
        return client.post(path, json=FORM, headers=head)


@pytest.mark.parametrize("path", [CREATE, LIST, NAMES])
def test_a_block_without_a_key_gets_nothing_where_there_are_keys(settings, keys, path):
    answer = asked(settings, path)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/json")
    assert "LOOKALIKE_LOKO__KEY" in answer.json()


def test_a_block_with_a_key_to_write_makes_no_collection(settings, keys):
    answer = asked(settings, CREATE, keys[Role.WRITE])
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/json")
    assert "this key is for write" in answer.json()


def test_a_block_with_a_key_of_an_admin_comes_past_the_door(settings, keys):
    assert asked(settings, CREATE, keys[Role.ADMIN]).status_code not in {401, 403}


@pytest.mark.parametrize("path", [LIST, NAMES])
def test_where_a_key_is_set_for_flows_a_block_may_do_what_that_key_may(settings, keys, path):
    assert asked(settings, path, flows=keys[Role.READ]).status_code == 200


def test_the_key_for_flows_allows_no_more_than_it_allows_others(settings, keys):
    assert asked(settings, CREATE, flows=keys[Role.READ]).status_code == 403


def test_the_key_for_flows_opens_nothing_but_blocks(settings, keys):
    settings = settings.model_copy(update={"loko": LokoSettings(key=keys[Role.ADMIN])})
    with TestClient(create_app(settings)) as client:
        for path in ("/v1/collections", "/loko/../v1/collections", "/v1/jobs", "/metrics"):
            assert client.get(path).status_code in {401, 404}
        assert client.get("/v1/collections").status_code == 401


def test_a_wrong_key_is_not_made_good_by_the_key_for_flows(settings, keys):
    assert asked(settings, LIST, "lk_wrong", flows=keys[Role.ADMIN]).status_code == 401


def test_a_revoked_key_for_flows_is_as_none(settings, keys):
    revoked = keys[Role.ADMIN]
    Keys(Files(settings.store)).revoke(revoked.split("_")[1])
    assert asked(settings, LIST, flows=revoked).status_code == 401


def test_the_key_for_flows_is_not_shown_with_the_settings():
    assert "lk_secret" not in repr(Settings(loko=LokoSettings(key="lk_secret")))
