"""`lookalike keys`."""

import json
import os

import pytest
from typer.testing import CliRunner

from core.domain import EncoderIdentity
from core.errors import StorageFull
from core.storage import Audit, Collections, Keys, StoreSecret, UserTokens, open_backend
from lookalike.cli import app


def keys(data, *arguments):
    return CliRunner(env={"LOOKALIKE_DATA": str(data)}).invoke(app, ["keys", *arguments])


@pytest.mark.parametrize(
    "words", [["--role", "read"], [], ["--role", "write"], ["--role", "admin", "-c", "shop"]]
)
def test_a_first_key_that_would_lock_everybody_out_is_refused(tmp_path, words):
    done = keys(tmp_path, "create", "web shop", *words)
    assert done.exit_code == 1
    assert "lookalike keys create me --role admin" in done.stderr
    assert json.loads(keys(tmp_path, "list", "--json").stdout) == []


def test_after_a_first_admin_key_keys_for_existing_collections_can_be_created(tmp_path):
    assert keys(tmp_path, "create", "me", "--role", "admin").exit_code == 0
    files = open_backend((tmp_path / "store").as_uri())
    Collections(files).create("shop", encoder=EncoderIdentity("x", dim=8))
    refused = keys(tmp_path, "create", "till", "-c", "shop", "-c", "shpo")
    assert refused.exit_code == 1
    assert "shpo does not exist (existing: shop)" in refused.stderr
    assert keys(tmp_path, "create", "till", "-c", "shop").exit_code == 0
    created = json.loads(keys(tmp_path, "list", "--json").stdout)
    assert [(key["role"], key["collections"]) for key in created] == [
        ("admin", []), ("read", ["shop"])
    ]  # fmt: skip
    assert [key["last_used_at"] for key in created] == [None, None]


def test_a_storefront_key_has_origins_and_a_secret_for_tokens(tmp_path):
    keys(tmp_path, "create", "me", "--role", "admin")
    words = ("create", "page", "--role", "search", "--origin", "https://shop.example")
    text, secret = keys(tmp_path, *words).stdout.split()
    files = open_backend((tmp_path / "store").as_uri())
    key = Keys(files).authenticate(text)
    assert (key.role, key.origins) == ("search", ("https://shop.example",))
    assert UserTokens(files).secret_of(key.id) == secret


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--role", "search", "--origin", "shop.example"],
            "'shop.example' is not the address of a web site",
        ),
        (["--role", "search", "--origin", "*"], "`*` is not allowed"),
        (["--role", "read", "--origin", "https://shop.example"], "only use keys with the role"),
    ],
)
def test_origins_are_web_sites_and_only_for_storefront_keys(tmp_path, words, message):
    keys(tmp_path, "create", "me", "--role", "admin")
    done = keys(tmp_path, "create", "page", *words)
    assert (done.exit_code, message in done.stderr) == (1, True)


def test_the_secret_of_image_urls_is_replaced_only_after_confirmation(tmp_path):
    secret = StoreSecret(open_backend((tmp_path / "store").as_uri()), "image-urls")
    first = secret.read()
    assert keys(tmp_path, "renew-image-urls").exit_code == 1
    assert secret.read() == first
    assert keys(tmp_path, "renew-image-urls", "--yes").exit_code == 0
    assert secret.read() != first


def test_creating_and_revoking_a_key_is_in_the_audit_log(tmp_path):
    key = json.loads(keys(tmp_path, "create", "me", "--role", "admin", "--json").stdout)
    keys(tmp_path, "revoke", key["id"])
    (day,) = (tmp_path / "store" / "audit").iterdir()
    lines = [json.loads(line) for line in day.read_text().splitlines()]
    assert [line["command"] for line in lines] == ["keys create", "keys revoke"]
    assert {(line["key"], line["uid"]) for line in lines} == {(key["id"], os.getuid())}
    assert key["key"].split("_", 2)[2] not in day.read_text()


def test_a_key_is_not_created_if_that_cannot_be_logged(tmp_path, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_DATA", str(tmp_path))
    monkeypatch.setattr(Audit, "add", fail_to_write)
    done = CliRunner().invoke(app, ["keys", "create", "me", "--role", "admin"])
    assert (done.exit_code, done.stderr) == (1, "lookalike: no room\n")
    assert "lk_" not in done.output
    assert not Keys(open_backend((tmp_path / "store").as_uri())).exist()


def fail_to_write(*_, **__):
    raise StorageFull("no room")
