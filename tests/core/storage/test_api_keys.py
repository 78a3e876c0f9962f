import pytest

from core.errors import InvalidInput, NotFound
from core.storage import Keys, Role, open_backend


@pytest.fixture
def keys(tmp_path):
    return Keys(open_backend(tmp_path.as_uri()))


def test_a_key_is_authenticated_by_its_text(keys):
    key, text = keys.create("till", Role.WRITE, ("shop",))
    assert keys.authenticate(text) == key
    assert (key.name, key.role, key.collections) == ("till", Role.WRITE, ("shop",))


def test_the_text_of_a_key_is_not_stored(keys, tmp_path):
    _, text = keys.create("till", Role.READ)
    secret = text.split("_", 2)[2]
    (file,) = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert secret not in file


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: text[:-1],
        lambda text: text[:-1] + ("A" if text[-1] != "A" else "B"),
        lambda text: "lk_" + "0" * 8 + text[11:],
        lambda text: "lk_../../x" + text[11:],
        lambda text: text + "\n",
        lambda text: "\u00fc" * 55,
    ],
)
def test_no_other_text_is_authenticated(keys, change):
    _, text = keys.create("till", Role.READ)
    assert keys.authenticate(change(text)) is None


def test_a_revoked_key_is_not_authenticated(keys):
    key, text = keys.create("till", Role.READ)
    _, other = keys.create("web", Role.READ)
    keys.revoke(key.id)
    assert keys.authenticate(text) is None
    assert keys.authenticate(other)
    assert [key.name for key in keys.all()] == ["web"]


def test_revoking_an_unknown_key_is_an_error(keys):
    with pytest.raises(NotFound, match="lookalike keys list"):
        keys.revoke("../../x")


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 101])
def test_a_key_needs_a_valid_name(keys, name):
    with pytest.raises(InvalidInput, match="name"):
        keys.create(name, Role.READ)


def test_a_key_is_restricted_to_valid_collection_names_only(keys):
    with pytest.raises(InvalidInput):
        keys.create("till", Role.READ, ("../x",))
    assert keys.all() == []


@pytest.mark.parametrize(
    ("role", "included"),
    [
        (Role.SEARCH, {Role.SEARCH}),
        (Role.READ, {Role.SEARCH, Role.READ}),
        (Role.WRITE, {Role.SEARCH, Role.READ, Role.WRITE}),
        (Role.ADMIN, set(Role)),
    ],
)
def test_a_role_includes_those_before_it(keys, role, included):
    key, _ = keys.create("till", role)
    assert {required for required in Role if key.has_role(required)} == included
