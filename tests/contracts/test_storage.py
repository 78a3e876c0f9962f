"""Collections, items, uploads, sales, keys and the audit log, on each storage backend."""

import json
import random
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise

import pytest

from core.domain import EncoderIdentity
from core.errors import Conflict, NotFound
from core.filters.parse import parse_filter
from core.item_links import LinkSummary
from core.recommendations import New, Recommendation, UserLists
from core.storage import (
    Audit,
    Collections,
    CollectionState,
    GenerationStore,
    Item,
    ItemImage,
    Items,
    Keys,
    PlannedImage,
    Pseudonyms,
    Recommender,
    ResumableUpload,
    Role,
    SalesStore,
    SalesUpload,
    Uploads,
    image_file,
    open_backend,
    read_planned_image,
)
from core.storage.generations import training_fingerprint
from core.storage.resumable_uploads import ResumableUploads
from core.storage.sales import ORDER_LINES, REJECTS
from tests.support.concurrency import call_together
from tests.support.items import delete_item

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ENCODER = EncoderIdentity("a", 2)
ODD_SKUS = [
    "a b", "it's", '"x"', "100%", "%2F", "a+b", "#1", "?versionId=x", "*[a]", "*?[", "A\\B", ".",
    "..", "x" * 128, "élan", "🧥" * 128,
]  # fmt: skip


@pytest.fixture
def files(store_url):
    return open_backend(store_url)


@pytest.fixture
def items(files):
    return Items(files, "collections/shop")


def put(items, sku, *, views=("main",), **attributes):
    images = []
    for view in views:
        file = image_file(sku, view.encode().hex().ljust(64, "0"))
        items.put_images([(file, f"{sku} {view}".encode())])
        images.append(
            ItemImage(view=view, file=file, sha256="0", format="JPEG", width=9, height=9, bytes=9)
        )
    item = Item(sku=sku, attributes=attributes, images=tuple(images), created_at=NOW,
                updated_at=NOW)  # fmt: skip
    items.put_all([item])
    return item


def all_skus(items, **options):
    skus, cursor = [], None
    while True:
        page, cursor = items.page(cursor=cursor, limit=7, **options)
        skus += [item.sku for item in page]
        if cursor is None:
            return skus


@pytest.mark.parametrize("sku", ODD_SKUS)
def test_items_and_images_are_found_by_any_sku(items, sku):
    item = put(items, sku, views=("front", "back"))
    assert items.get(sku) == item
    assert items.find([sku, "nope"]) == {sku: item}
    assert items.read_image(item.image("back")) == f"{sku} back".encode()
    assert items.has_image(item.image("front"))
    delete_item(items, sku)
    assert items.find([sku]) == {}
    with pytest.raises(NotFound, match="does not exist"):
        items.get(sku)


def test_pages_contain_every_matching_item_once(items):
    skus = [f"S{n}" for n in range(50)]
    items.put_all(
        Item(sku=sku, attributes={"n": n}, created_at=NOW, updated_at=NOW)
        for n, sku in enumerate(skus)
    )
    assert sorted(all_skus(items)) == sorted(skus)
    assert sorted(all_skus(items, where=parse_filter({"n": {"lt": 9}}))) == sorted(skus[:9])
    page, cursor = items.page(limit=50)
    assert (len(page), cursor) == (50, None)


def test_paging_continues_after_the_item_of_the_cursor_was_deleted(items):
    for n in range(20):
        put(items, f"S{n}")
    first, cursor = items.page(limit=5)
    for item in first:
        delete_item(items, item.sku)
    rest, _ = items.page(cursor=cursor, limit=50)
    assert len(rest) == 15


def test_items_and_images_are_counted_and_unused_images_deleted(items):
    item = put(items, "A", views=("a", "b"))
    put(items, "B")
    assert items.count() == {"items": 2, "images": 3}
    items.put_all([item.model_copy(update={"images": item.images[:1]})])
    items.delete_unused_images("A")
    assert items.count() == {"items": 2, "images": 2}
    items.delete_image(item.images[0])
    assert not items.has_image(item.images[0])
    delete_item(items, "B")
    items.delete_unused_images("B")
    assert items.count() == {"items": 1, "images": 0}


def test_a_collection_is_created_read_changed_and_erased(files):
    collections = Collections(files)
    shop = collections.create("shop", encoder=ENCODER, description="à la carte")
    put(Items(files, shop.folder), "A")
    assert collections.get("shop") == shop
    assert collections.change("shop", description="new").description == "new"
    shadow_index = collections.stage_index("shop", EncoderIdentity("b", 3), "job")
    assert collections.get("shop").index_names == {shop.index_name, shadow_index.name}
    promoted = collections.promote_index("shop", "job")
    assert (promoted.index_name, promoted.built_by_job) == (shadow_index.name, "job")
    assert [index.name for index in promoted.retired_indexes] == [shop.index_name]
    forgotten = collections.forget_retired_index("shop", shop.index_name)
    assert forgotten.index_names == {shadow_index.name}
    assert collections.mark_deleting("shop").state is CollectionState.DELETING
    assert collections.names() == ["shop"]
    collections.erase("shop")
    assert (collections.names(), collections.all(), files.list_tree("collections")) == ([], [], [])
    with pytest.raises(NotFound):
        collections.get("shop")


def test_of_two_that_create_a_collection_at_once_one_is_refused(store_url):
    def create(collections, name):
        try:
            return collections.create(name, encoder=ENCODER).index_name
        except Conflict:
            return "refused"

    stores = [Collections(open_backend(store_url)) for _ in range(2)]
    for name in ("a", "b", "c"):
        results = call_together(*(partial(create, store, name) for store in stores))
        assert set(results) == {"refused", stores[0].get(name).index_name}


def test_an_upload_is_staged_planned_read_and_discarded(files):
    uploads, before = Uploads(files), datetime.now(UTC) - timedelta(seconds=2)
    with uploads.receive("one") as writer:
        for name in ("a ü.jpg", "b.jpg"):
            writer.begin("files", name)
            writer.write(name.encode())
            writer.end()
    first, second = uploads.files("one")
    with uploads.open_file("one", second) as file:
        assert file.read() == b"b.jpg"
    with uploads.add_blob("one", "unpacked") as file:
        file.write(b"more")
    image = PlannedImage(file="a", sku="a", view="main", offset=first.offset, size=first.size)
    uploads.write_plan("one", [("1", [image]), ("2", [])])
    assert (uploads.read_chunk("one", "1"), uploads.read_chunk("one", "2")) == ([image], [])
    with uploads.open("one") as file:
        assert read_planned_image(file, image, max_bytes=100) == "a ü.jpg".encode()
    ((upload, arrived_at),) = uploads.arrival_times()
    assert (upload, arrived_at > before) == ("one", True)
    uploads.discard("one")
    assert list(uploads.arrival_times()) == []
    with pytest.raises(NotFound, match="send the files again"):
        uploads.files("one")


def test_parts_of_a_resumable_upload_are_read_like_one_file(files):
    data, uploads, resumable = (
        random.Random(2).randbytes(1000),
        Uploads(files),
        ResumableUploads(files),
    )
    upload = ResumableUpload(filename="a.zip", size=len(data), fingerprint="", key="")
    assert resumable.create("one", upload).offset == 0
    cuts = [0, 1, 300, 301, 1000]
    for start, end in pairwise(cuts):
        assert resumable.get("one").offset == start
        resumable.append("one", start, data[start:end])
        with pytest.raises(Conflict, match="another request"):
            resumable.append("one", start, b"of another request")
    assert [state.id for state in resumable.unfinished()] == ["one"]
    with uploads.receive("form") as writer:
        writer.begin("manifest", "items.csv")
        writer.write(b"sku")
        writer.end()
    first, second = resumable.use(resumable.get("one"), "files", "form")
    assert uploads.files("one") == [first, second]
    with uploads.open_file("one", first) as file, uploads.open_file("one", second) as table:
        assert (file.read(), table.read()) == (data, b"sku")
    with uploads.open("one") as pack:
        for start, length in [(299, 3), (0, 1003), (1002, 9), (1003, 1), (5, 290), (2000, 1)]:
            pack.seek(start)
            assert pack.read(length) == (data + b"sku")[start : start + length]
    assert list(resumable.unfinished()) == []
    resumable.release("one")
    assert [state.offset for state in resumable.unfinished()] == [1000]


def test_an_aborted_upload_is_discarded(files):
    uploads = Uploads(files)
    with suppress(ZeroDivisionError), uploads.receive("one") as writer:
        writer.begin("files", "a.jpg")
        writer.write(bytes(9 * 1024 * 1024))
        raise ZeroDivisionError
    assert list(uploads.arrival_times()) == []


def test_sales_count_once_they_have_a_report_and_are_replaced_atomically(files):
    sales = SalesStore(files, "collections/shop")
    for name in (ORDER_LINES, REJECTS):
        with sales.open_write("one", name) as file:
            file.write(b"first")
    assert sales.uploads() == []
    upload = SalesUpload(
        id="one", filename="s.csv", imported_at=NOW, sequence=1, report={"rows": 1}
    )
    sales.put(upload)
    assert sales.uploads() == [upload]
    with sales.replace("one", ORDER_LINES) as (old, new):
        new.write(old.read() + b" and more")
    with suppress(ZeroDivisionError), sales.replace("one", ORDER_LINES) as (old, new):
        new.write(b"half")
        raise ZeroDivisionError
    with sales.open_read("one", ORDER_LINES) as file:
        assert file.read() == b"first and more"
    sales.remove("one")
    assert (sales.uploads(), files.list_tree("collections/shop/sales")) == ([], [])


def test_lists_of_a_generation_are_written_read_and_dropped(files):
    generations = GenerationStore(files, "collections/shop")
    popular = {"": [Recommendation("a", 1.5, [New()])], "DE": []}
    rows = [("ü", UserLists(1, [], popular[""])), ("x", UserLists(0, [], []))]
    for block in ("users-0001", "users-0000"):
        generations.write_lists("g1", block, rows)
    generations.write_popular("g1", popular)
    links = [("ü", "a\t2\t1.5\t70000\nb\t1\t0.5\t20000"), ("a", "ü\t2\t1.5\t60000")]
    generations.write_links("g1", LinkSummary(9, 0.05), iter(links))
    generations.put_listed_skus("g1", "users", {"b", "a"})
    generations.put_listed_skus("g1", "popular", {"a", "c"})
    generations.put_shown_skus("g1", "users", {"b"})
    generations.put_report("g1", {"best": "ease"})
    generations.put_recommender(Recommender(live="g1"))
    assert generations.user_blocks("g1") == ["users-0000", "users-0001"]
    assert list(generations.read_lists("g1", "users-0000")) == rows
    assert generations.read_popular("g1") == popular
    with generations.open_links("g1") as (summary, rows):
        assert (summary, list(rows)) == (LinkSummary(9, 0.05), links)
    assert generations.listed_skus("g1") == {"a", "b", "c"}
    assert generations.shown_skus("g1") == {"b"}
    assert generations.report("g1") == {"best": "ease"}
    assert (generations.recommender().live, generations.ids()) == ("g1", ["g1"])
    generations.drop("g1")
    assert generations.ids() == []
    with pytest.raises(NotFound):
        generations.report("g1")


def test_the_training_fingerprint_changes_with_items_and_sales(files):
    shop = Collections(files).create("shop", encoder=ENCODER)
    fingerprints = [training_fingerprint(shop, files)]
    put(Items(files, shop.folder), "A")
    fingerprints.append(training_fingerprint(shop, files))
    GenerationStore(files, shop.folder).put_recommender(Recommender(revision=1))
    fingerprints.append(training_fingerprint(shop, files))
    assert len(set(fingerprints)) == 3
    assert training_fingerprint(shop, files) == fingerprints[-1]


def test_keys_are_created_authenticated_listed_and_revoked(files):
    keys = Keys(files)
    assert not keys.exist()
    (till, text), (shop, _) = keys.create("till", Role.READ), keys.create("shop", Role.ADMIN)
    assert keys.authenticate(text) == till
    assert keys.authenticate(text[:-1] + ("A" if text[-1] != "A" else "B")) is None
    assert keys.all() == [till, shop]
    assert keys.revoke(till.id) == till
    assert keys.authenticate(text) is None
    assert keys.exist()


def test_the_audit_log_is_read_by_day_in_the_order_of_its_lines(files):
    audit = Audit(files)
    audit.check()
    for n in range(40):
        audit.add(n=n, path="/v1/ü\n")
    files.append("audit/2025-12-31.jsonl", b"{}\n")
    earlier, *today = audit.days()
    assert earlier == "2025-12-31"
    entries = [json.loads(line) for day in today for line in audit.lines(day)]
    assert [entry["n"] for entry in entries] == list(range(40))
    assert audit.drop_before(date(2026, 1, 1)) == ["2025-12-31.jsonl"]
    assert audit.days() == today


def test_all_processes_use_the_same_pseudonyms(store_url):
    stores = [Pseudonyms(open_backend(store_url)) for _ in range(6)]
    names = call_together(*(partial(store.pseudonym_of, "a@b.example") for store in stores))
    assert len(set(names)) == 1
