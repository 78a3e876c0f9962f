"""Blocks of a server with API keys: flows do not send one."""

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.settings import LokoSettings, Settings
from core.storage import Keys, open_backend
from core.storage.api_keys import Role

CREATE, LIST = "/loko/collections/create", "/loko/collections/list"
NAMES = "/loko/names/collections"
FORM = {"value": None, "args": {"collection_name": "shoes"}}


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path)


@pytest.fixture
def keys(settings):
    """The text of an API key of each role."""
    keys = Keys(open_backend(settings.store))
    return {role: keys.create(role, role)[1] for role in Role}


def call(settings, path, key=None, *, flow_key=""):
    """Call a block with an API key, at a server with a key configured for flows."""
    settings = settings.model_copy(update={"loko": LokoSettings(key=flow_key)})
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        if path == NAMES:
            return client.get(path, headers=headers)
        return client.post(path, json=FORM, headers=headers)


@pytest.mark.parametrize("path", [CREATE, LIST, NAMES])
def test_a_block_without_a_key_is_rejected_if_there_are_keys(settings, keys, path):
    response = call(settings, path)
    assert (response.status_code, response.headers["content-type"]) == (401, "application/json")
    assert "LOOKALIKE_LOKO__KEY" in response.json()


def test_a_write_key_cannot_create_collections(settings, keys):
    response = call(settings, CREATE, keys[Role.WRITE])
    assert (response.status_code, response.headers["content-type"]) == (403, "application/json")
    assert "this key has the role `write`" in response.json()


def test_an_admin_key_is_accepted(settings, keys):
    assert call(settings, CREATE, keys[Role.ADMIN]).status_code not in {401, 403}


@pytest.mark.parametrize("path", [LIST, NAMES])
def test_a_block_without_a_key_uses_the_key_for_flows(settings, keys, path):
    assert call(settings, path, flow_key=keys[Role.READ]).status_code == 200


def test_the_key_for_flows_is_limited_to_its_role(settings, keys):
    assert call(settings, CREATE, flow_key=keys[Role.READ]).status_code == 403


def test_the_key_for_flows_is_used_for_blocks_only(settings, keys):
    settings = settings.model_copy(update={"loko": LokoSettings(key=keys[Role.ADMIN])})
    with TestClient(create_app(settings)) as client:
        for path in ("/v1/collections", "/loko/../v1/collections", "/v1/jobs", "/metrics"):
            assert client.get(path).status_code in {401, 404}
        assert client.get("/v1/collections").status_code == 401


def test_an_invalid_key_is_not_replaced_by_the_key_for_flows(settings, keys):
    assert call(settings, LIST, "lk_wrong", flow_key=keys[Role.ADMIN]).status_code == 401


def test_a_revoked_key_for_flows_is_rejected(settings, keys):
    revoked = keys[Role.ADMIN]
    Keys(open_backend(settings.store)).revoke(revoked.split("_")[1])
    assert call(settings, LIST, flow_key=revoked).status_code == 401


def test_the_key_for_flows_is_hidden_in_the_settings():
    assert "lk_secret" not in repr(Settings(loko=LokoSettings(key="lk_secret")))
