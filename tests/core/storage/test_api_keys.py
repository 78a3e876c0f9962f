import pytest

from core.errors import InvalidInput, NotFound
from core.storage import Files, Keys, Role


@pytest.fixture
def keys(tmp_path):
    return Keys(Files(tmp_path.as_uri()))


def test_a_key_is_known_by_its_text(keys):
    made, text = keys.create("till", Role.WRITE, ("shop",))
    assert keys.known(text) == made
    assert (made.name, made.role, made.collections) == ("till", Role.WRITE, ("shop",))


def test_the_text_of_a_key_is_nowhere_in_the_store(keys, tmp_path):
    _, text = keys.create("till", Role.READ)
    secret = text.split("_", 2)[2]
    kept = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(kept) == 1
    assert secret not in kept[0]


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
def test_no_other_text_is_known(keys, change):
    _, text = keys.create("till", Role.READ)
    assert keys.known(change(text)) is None


def test_a_revoked_key_is_not_known(keys):
    made, text = keys.create("till", Role.READ)
    _, other = keys.create("web", Role.READ)
    keys.revoke(made.id)
    assert keys.known(text) is None
    assert keys.known(other)
    assert [key.name for key in keys.all()] == ["web"]


def test_revoking_what_is_not_there_is_told(keys):
    with pytest.raises(NotFound, match="lookalike keys list"):
        keys.revoke("../../x")


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 101])
def test_a_key_needs_a_name(keys, name):
    with pytest.raises(InvalidInput, match="name"):
        keys.create(name, Role.READ)


def test_a_key_cannot_be_for_what_is_no_collection(keys):
    with pytest.raises(InvalidInput):
        keys.create("till", Role.READ, ("../x",))
    assert keys.all() == []


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.READ, {Role.READ}),
        (Role.WRITE, {Role.READ, Role.WRITE}),
        (Role.ADMIN, {Role.READ, Role.WRITE, Role.ADMIN}),
    ],
)
def test_a_role_may_what_those_before_it_may(keys, role, may):
    key, _ = keys.create("till", role)
    assert {need for need in Role if key.may(need)} == may
