"""A damaged document in the store affects only what it describes, and its file is named."""

import pytest

from core.domain import EncoderIdentity
from core.errors import Conflict
from core.storage import Collections, Keys, Role, open_backend
from core.storage.generations import GenerationStore
from core.storage.sales import SalesStore

DAMAGED = pytest.mark.parametrize("document", [b"", b"{}", b'{"name": "a', b"\xff", b"\0" * 9])


@pytest.fixture
def files(tmp_path):
    return open_backend(tmp_path.as_uri())


@DAMAGED
def test_a_damaged_collection_is_named_and_the_others_are_listed(files, document):
    collections = Collections(files)
    for name in ("a", "b"):
        collections.create(name, encoder=EncoderIdentity("x", dim=8))
    files.write("collections/a/collection.json", document)
    assert [collection.name for collection in collections.all()] == ["b"]
    with pytest.raises(Conflict, match=r"collections/a/collection\.json in the store is damaged"):
        collections.get("a")


@DAMAGED
def test_a_damaged_key_stops_working_and_the_others_do_not(files, document):
    keys = Keys(files)
    (damaged, damaged_text), (sound, sound_text) = (keys.create(n, Role.READ) for n in "ab")
    files.write(f"keys/{damaged.id}.json", document)
    assert keys.authenticate(damaged_text) is None
    assert keys.authenticate(sound_text) == sound
    assert keys.all() == [sound]


@pytest.mark.parametrize("document", [b"", b"[]", b'{"live": "a', b"\xff"])
def test_a_damaged_record_of_live_lists_is_not_taken_for_none(files, document):
    files.write("shop/recommender.json", document)
    with pytest.raises(Conflict, match=r"shop/recommender\.json"):
        GenerationStore(files, "shop").recommender()


@DAMAGED
def test_a_damaged_report_of_a_sales_upload_is_not_taken_for_none(files, document):
    files.write("shop/sales/one/report.json", document)
    with pytest.raises(Conflict, match=r"shop/sales/one/report\.json"):
        SalesStore(files, "shop").uploads()
