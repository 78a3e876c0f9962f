"""The rooms of the store, each in a folder and in a bucket of S3: the same tests."""

import json
import threading
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest

from core.domain import EncoderIdentity
from core.errors import Conflict, NotFound
from core.filters.parse import parse
from core.storage import (
    Audit,
    Collections,
    CollectionState,
    Entry,
    Files,
    Item,
    ItemImage,
    Items,
    Keys,
    Pseudonyms,
    Recommender,
    Role,
    SalesFiles,
    SalesUpload,
    Uploads,
    picture_file,
    read_entry,
)
from core.storage.sales import LEDGER, REJECTS, state_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ENCODER = EncoderIdentity("a", 2)
ODD = ["a b", "it's", '"x"', "100%", "%2F", "a+b", "#1", "?versionId=x", "*[a]", "élan", "🧥" * 128]


@pytest.fixture
def files(store_url):
    return Files(store_url)


@pytest.fixture
def items(files):
    return Items(files, "collections/shop")


def put(items, sku, *, views=("main",), **attributes):
    images = []
    for view in views:
        file = picture_file(sku, view.encode().hex().ljust(64, "0"))
        items.put_pictures([(file, f"{sku} {view}".encode())])
        images.append(
            ItemImage(view=view, file=file, sha256="0", format="JPEG", width=9, height=9, bytes=9)
        )
    item = Item(sku=sku, attributes=attributes, images=tuple(images), created_at=NOW,
                updated_at=NOW)  # fmt: skip
    items.put(item)
    return item


def all_skus(items, **more):
    found, cursor = [], None
    while True:
        page, cursor = items.page(cursor=cursor, limit=7, **more)
        found += [item.sku for item in page]
        if cursor is None:
            return found


@pytest.mark.parametrize("sku", ODD)
def test_whatever_a_sku_is_its_item_and_picture_are_found(items, sku):
    item = put(items, sku, views=("front", "back"))
    assert items.get(sku) == item
    assert items.find([sku, "nope"]) == {sku: item}
    assert items.picture(item.image("back")) == f"{sku} back".encode()
    assert items.has_picture(item.image("front"))
    items.remove(sku)
    with pytest.raises(NotFound):
        items.get(sku)


def test_pages_hold_every_item_once_and_a_filter_leaves_out(items):
    skus = [f"S{n}" for n in range(50)]
    items.put_all(
        Item(sku=sku, attributes={"n": n}, created_at=NOW, updated_at=NOW)
        for n, sku in enumerate(skus)
    )
    assert sorted(all_skus(items)) == sorted(skus)
    assert sorted(all_skus(items, where=parse({"n": {"lt": 9}}))) == sorted(skus[:9])
    page, cursor = items.page(limit=50)
    assert (len(page), cursor) == (50, None)


def test_items_and_pictures_are_counted_and_pictures_without_an_item_swept(items):
    item = put(items, "A", views=("a", "b"))
    put(items, "B")
    assert items.count() == {"items": 2, "images": 3}
    items.put(item.model_copy(update={"images": item.images[:1]}))
    items.sweep("A")
    assert items.count() == {"items": 2, "images": 2}
    items.drop_picture(item.images[0])
    assert not items.has_picture(item.images[0])


def test_a_collection_is_made_read_changed_and_erased(files):
    collections = Collections(files)
    made = collections.create("shop", encoder=ENCODER, description="à la carte")
    put(Items(files, made.folder), "A")
    assert collections.get("shop") == made
    assert collections.change("shop", description="new").description == "new"
    beside = collections.begin_beside("shop", EncoderIdentity("b", 3), "job")
    assert collections.use_beside("shop", "job").space == beside.name
    assert collections.mark_deleting("shop").state is CollectionState.DELETING
    assert collections.names() == ["shop"]
    collections.erase("shop")
    assert (collections.names(), collections.all(), files.tree("collections")) == ([], [], [])
    with pytest.raises(NotFound):
        collections.get("shop")


def test_of_two_that_make_a_collection_at_once_one_is_refused(store_url):
    stores, gate = [Collections(Files(store_url)) for _ in range(2)], threading.Barrier(2)
    for name in ("a", "b", "c"):
        told = []

        def make(store, name=name, told=told):
            gate.wait()
            try:
                told.append(store.create(name, encoder=ENCODER).space)
            except Conflict:
                told.append("refused")

        threads = [threading.Thread(target=make, args=(store,)) for store in stores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(told) == {"refused", stores[0].get(name).space}


def test_an_upload_is_staged_planned_read_and_discarded(files):
    uploads, before = Uploads(files), datetime.now(UTC) - timedelta(seconds=2)
    with uploads.receive("one") as writer:
        for name in ("a ü.jpg", "b.jpg"):
            writer.begin("files", name)
            writer.write(name.encode())
            writer.end()
    first, second = uploads.parts("one")
    with uploads.opened_part("one", second) as file:
        assert file.read() == b"b.jpg"
    with uploads.adding("one", "unpacked") as file:
        file.write(b"more")
    entry = Entry(file="a", sku="a", view="main", offset=first.offset, size=first.size)
    uploads.plan("one", [("1", [entry]), ("2", [])])
    assert (uploads.chunk("one", "1"), uploads.chunk("one", "2")) == ([entry], [])
    with uploads.opened("one") as file:
        assert read_entry(file, entry, max_bytes=100) == "a ü.jpg".encode()
    ((name, arrived),) = uploads.arrivals()
    assert (name, arrived > before) == ("one", True)
    uploads.discard("one")
    assert list(uploads.arrivals()) == []
    with pytest.raises(NotFound, match="send the files again"):
        uploads.parts("one")


def test_an_upload_that_breaks_off_is_not_there(files):
    uploads = Uploads(files)
    with suppress(ZeroDivisionError), uploads.receive("one") as writer:
        writer.begin("files", "a.jpg")
        writer.write(bytes(9 * 1024 * 1024))
        raise ZeroDivisionError
    assert list(uploads.arrivals()) == []


def test_sales_count_once_their_report_is_there_and_are_rewritten_whole(files):
    sales = SalesFiles(files, "collections/shop")
    for name in (LEDGER, REJECTS):
        with sales.writing("one", name) as file:
            file.write(b"first")
    assert sales.uploads() == []
    upload = SalesUpload(id="one", filename="s.csv", imported_at=NOW, report={"rows": 1})
    sales.put(upload)
    assert sales.uploads() == [upload]
    with sales.rewriting("one", LEDGER) as (old, new):
        new.write(old.read() + b" and more")
    with suppress(ZeroDivisionError), sales.rewriting("one", LEDGER) as (old, new):
        new.write(b"half")
        raise ZeroDivisionError
    with sales.reading("one", LEDGER) as file:
        assert file.read() == b"first and more"
    sales.remove("one")
    assert (sales.uploads(), files.tree("collections/shop/sales")) == ([], [])


def test_lists_of_a_generation_are_written_read_and_dropped(files):
    sales = SalesFiles(files, "collections/shop")
    rows = [{"user": "ü", "skus": ["a"]}, {"user": "x", "skus": []}]
    for block in ("users-0001", "users-0000", "popular"):
        sales.write_lists("g1", block, rows)
    sales.put_named("g1", "users", {"b", "a"})
    sales.put_named("g1", "popular", {"a", "c"})
    sales.put_report("g1", {"best": "ease"})
    sales.put_recommender(Recommender(live="g1"))
    assert sales.blocks("g1") == ["users-0000", "users-0001"]
    assert list(sales.read_lists("g1", "users-0000")) == rows
    assert (sales.named("g1"), sales.report("g1")) == ({"a", "b", "c"}, {"best": "ease"})
    assert (sales.recommender().live, sales.generations()) == ("g1", ["g1"])
    sales.drop_generation("g1")
    assert sales.generations() == []
    with pytest.raises(NotFound):
        sales.report("g1")


def test_a_training_sees_that_items_or_sales_have_changed(files):
    shop = Collections(files).create("shop", encoder=ENCODER)
    seen = [state_of(shop, files)]
    put(Items(files, shop.folder), "A")
    seen.append(state_of(shop, files))
    SalesFiles(files, shop.folder).put_recommender(Recommender(revision=1))
    seen.append(state_of(shop, files))
    assert len(set(seen)) == 3
    assert state_of(shop, files) == seen[-1]


def test_keys_are_made_known_listed_and_revoked(files):
    keys = Keys(files)
    assert not keys.any()
    (till, text), (shop, _) = keys.create("till", Role.READ), keys.create("shop", Role.ADMIN)
    assert keys.known(text) == till
    assert keys.known(text[:-1] + ("A" if text[-1] != "A" else "B")) is None
    assert keys.all() == [till, shop]
    assert keys.revoke(till.id) == till
    assert keys.known(text) is None
    assert keys.any()


def test_the_audit_is_read_in_the_order_it_was_written_day_by_day(files):
    audit = Audit(files)
    audit.check()
    for n in range(40):
        audit.add(n=n, path="/v1/ü\n")
    files.append("audit/2025-12-31.jsonl", b"{}\n")
    earlier, *today = audit.days()
    assert earlier == "2025-12-31"
    told = [json.loads(line) for day in today for line in audit.lines(day)]
    assert [one["n"] for one in told] == list(range(40))
    assert audit.drop_before(date(2026, 1, 1)) == ["2025-12-31.jsonl"]
    assert audit.days() == today


def test_all_processes_have_the_same_pseudonyms_whoever_is_first(store_url):
    gate, told = threading.Barrier(6), []

    def name():
        mine = Pseudonyms(Files(store_url))
        gate.wait()
        told.append(mine.of("a@b.example"))

    threads = [threading.Thread(target=name) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 6
    assert len(set(told)) == 1
