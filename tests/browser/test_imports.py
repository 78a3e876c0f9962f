"""What the page says about files before it imports them."""

import re
from contextlib import contextmanager
from functools import partial

import pytest
from playwright.sync_api import expect

from core.pipelines.ingest.file_naming import top_folder
from core.pipelines.ingest.manifest_rows import read_table
from core.sales.header import count_matches
from core.tables.layout import find_layout
from tests.browser.accessibility import serious_violations
from tests.browser.user_actions import choose_files, confirm_import, drop, import_files
from tests.support.archives import make_tar, make_zip
from tests.support.images import jpeg
from tests.support.shop_client import eventually

pytestmark = [pytest.mark.stack, pytest.mark.browser]

KINDS_OF = """async ([module, files]) => {
  const { lookAt } = await import(module);
  const found = await lookAt(files.map(([name, text]) => [name, new File([text], name)]));
  return found.tables.map((table) => [
    table.path, table.kind, table.count, table.rows.length, table.header,
  ]);
}"""
RENAMED = """async ([module, files]) => {
  const { readTable, renamed } = await import(module);
  const send = async ([name, bytes]) => {
    const table = await readTable(name, new File([new Uint8Array(bytes)], name));
    return [...new Uint8Array(await (await renamed(table, table.header[0])).arrayBuffer())];
  };
  return Promise.all(files.map(send));
}"""
TOP_FOLDERS = """async ([module, cases]) => {
  const { topFolder } = await import(module);
  return cases.map(([archive, paths]) => topFolder(paths, archive).prefix);
}"""
REPLACE_VIEW = """async ([module, collection]) => {
  const { uploadView } = await import(module);
  uploadView(collection, "1", "main", new File([new Uint8Array(33 << 20)], "1.jpg"));
}"""
UNLIMITED = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
ARCHIVES = [
    ("new.zip", ["neu/NEU-1.jpg", "neu/NEU-2.jpg"]),
    ("neu (1).zip", ["neu/NEU-1.jpg", "neu/NEU-2.jpg"]),
    ("a.zip", ["Products/A-1.jpg", "Products/A-2.jpg"]),
    ("a.zip", ["A-12/front.jpg", "A-12/Close-up 2.jpg"]),
    ("a.zip", ["A-12/1.jpg", "A-12/IMG_0002.jpg", "A-12/items.csv"]),
    ("export.zip", ["export/shop/A/1.jpg", "export/shop/B/1.jpg"]),
    ("export.zip", ["export/A-12/1.jpg", "export/A-12/2.jpg"]),
    ("a.zip", ["A/1.jpg", "b.jpg"]),
    ("Schöne Hüte.zip", ["schöne_hüte/1.jpg"]),
    ("a.zip", []),
]
ORDERS = "md5email;zip;country;sku;order_id;created_at\na;1;DE;A-1;1;2026-01-02\n"
TABLES = {
    "orders.csv": ("Order ID,Date,Customer email,SKU\n1,2026-01-02,a@b.de,A-1\n", "sales", 1),
    "verkauf.tsv": ("kunde\tartikel\tdatum\tland\tplz\n1\tA\t1.2.2026\tDE\t1\n", "sales", 1),
    "prices.csv": ("sku;price\nA-1;12,5\nA-2;3\n", "items", 2),
    "quoted.csv": ('"sku","name"\n"A-1","a ""b"", c"\n', "items", 1),
    "items.jsonl": ('{"sku": "A-1", "tags": ["a"]}\n{"sku": "A-2"}\n', "items", 2),
    "excel.csv": ('sep=;\nsku;price\n"A-1";12,5\n;\n ; \n', "items", 1),
    "lines.csv": ('sku, name\nA-1, "a ""b"",\r\nc"\nA-2, 5" d\nA-3,x', "items", 3),
    "titled.csv": ("Sales, 2026\n\n1|2,3\n" + ORDERS, "sales", 1),
    "shopify.csv": ("Name,Email,Created at,Lineitem sku\n1,a@b.de,2026-01-02,A-1\n", "sales", 1),
    "parts.csv": ("Part number,Type\nP-1,Bag\nP-2,Product\n", "unknown", 2),
    "other.csv": ("colour,size\nred,5\n", "unknown", 1),
    "empty.csv": ("", "unknown", 0),
}


def found_in(page):
    return page.get_by_role("list", name="What is in these files").get_by_role("listitem")


def first_items(page):
    return page.get_by_role("list", name="The first items").get_by_role("listitem")


def test_files_are_looked_at_before_they_are_sent(filled, visit):
    page = visit(f"{filled.url}/#/c/{filled.name}")
    sent = []
    page.on("request", lambda request: sent.append(request.method))
    module = f"{filled.url}/ui/js/imports/look.js"
    files = [(name, text) for name, (text, _, _) in TABLES.items()]
    for path, kind, count, rows, header in page.evaluate(KINDS_OF, [module, files]):
        assert (kind, count, rows) == (*TABLES[path][1:], TABLES[path][2]), path
        assert path.endswith("jsonl") or tuple(header) == header_for_server(TABLES[path][0]), path
    names_of_columns(page, f"{filled.url}/ui/js/imports/table.js")
    zone = page.get_by_role("list", name="Items")
    expect(zone.get_by_role("listitem").first).to_be_visible()
    shop_of_folders(page, zone)
    single_folder(page, zone)
    tables_and_others(page, zone)
    assert set(sent) == {"GET"}
    assert filled.counts() == (40, 40)


def header_for_server(text):
    return find_layout(text, partial(count_matches, overrides={}), required=6).header


def names_of_columns(page, module):
    """The server reads all rows of a table, in any encoding, whose column was called sku."""
    text = 'Katalog\n"Artikel, Nr.",SKU,Größe\nÄ-1,x,"groß"\n'
    files = [text.encode(encoding) for encoding in ("utf-8-sig", "cp1252", "utf-16")]
    sent = page.evaluate(RENAMED, [module, [["a.csv", list(data)] for data in files]])
    for data in sent:
        (row,) = read_table("items.csv", bytes(data)).rows
        assert row.values == {"sku": "Ä-1", "SKU (unused)": "x", "Größe": "groß"}


def shop_of_folders(page, zone):
    """Folders of many images are categories, unless the user says otherwise."""
    files = {f"shop/{kind}/{kind}-{n}.jpg": jpeg(n) for kind in ("hats", "bags") for n in range(13)}
    drop(zone, {"shop.zip": make_zip(files | {"shop/prices.csv": b"sku,price\nA,1\n"})})
    expect(found_in(page)).to_have_text(["26 images in 2 folders."])
    expect(page.get_by_label("A category")).to_be_checked()
    expect(first_items(page)).to_have_count(10)
    expect(first_items(page).first).to_contain_text(re.compile("hats-0.*new.*category: hats"))
    image = first_items(page).first.locator("img")
    expect(image).not_to_have_js_property("naturalWidth", 0)
    expect(page.get_by_text("shop/prices.csv in shop.zip is not read")).to_be_visible()
    assert serious_violations(page) == []
    page.get_by_label("An item: ").check()
    expect(first_items(page)).to_have_text([
        re.compile("hats13 images"),
        re.compile("bags13 images"),
    ])
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def single_folder(page, zone):
    """The server would make one item of it; the user is asked."""
    drop(zone, {"new.zip": make_zip({f"neu/NEU-{n}.jpg": jpeg(n) for n in range(3)})})
    expect(page.get_by_label("An item: ")).to_be_checked()
    expect(first_items(page)).to_have_text([re.compile("neu3 images")])
    page.get_by_label("Neither: ").check()
    expect(first_items(page)).to_have_count(3)
    page.get_by_label("A category").check()
    expect(first_items(page).first).to_contain_text(re.compile("NEU-0.*category: neu"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def tables_and_others(page, zone):
    """Prices show whose they are; what cannot be imported is named; a huge upload is refused."""
    files = {"p.csv": b"sku;price\n3;12,5\n99;3\n", "x.xlsx": b"PK", "notes.pdf": b"%PDF"}
    files |= {
        "all.tar": make_tar({"a.jpg": jpeg(1)}),
        "cut.csv.gz": b"cut",
        "odd.csv": "a,b\n1,连衣裙\n".encode("gb18030"),
    }
    archive = make_zip({"-ab.jpg": jpeg(1), "-cd.jpg": jpeg(2)})
    japanese = archive.replace(b"-ab.", "-表.".encode("cp932"))
    japanese = japanese.replace(b"-cd.", "-ソ.".encode("cp932"))
    drop(zone, files | {"cut.zip": archive[9000:], "a.rar": b"Rar!", "windows.zip": japanese})
    expect(found_in(page).nth(0)).to_have_text("2 images.")
    expect(found_in(page).nth(1)).to_have_text(
        "p.csv: this is a price list: 2 items get new prices."
    )
    expect(page.get_by_text("the archive is damaged: cut.zip. Zip it again.")).to_be_visible()
    expect(page.get_by_text("a.rar: archives of this kind are not read")).to_be_visible()
    expect(page.get_by_text("windows.zip: not in UTF-8")).to_have_text(re.compile("^windows"))
    expect(page.get_by_text("cut.csv.gz is not sent: it is damaged")).to_be_visible()
    expect(page.get_by_label("This is the whole catalogue")).to_be_disabled()
    expect(found_in(page).last).to_have_text("all.tar: the server looks into this archive.")
    expect(page.get_by_text("x.xlsx: workbooks are not read")).to_be_visible()
    expect(page.get_by_text("neither images nor tables: notes.pdf")).to_be_visible()
    expect(first_items(page).nth(0)).to_contain_text("known")
    expect(first_items(page).nth(1)).to_contain_text("unknown, and without an image")
    page.get_by_text("Columns of p.csv").click()
    for kind in ("Do not import", "Items and their attributes"):
        page.get_by_label("What is it?").first.select_option(kind)
        expect(page.get_by_label("What is it?").first).to_be_focused()
    page.get_by_label("What is it?").last.select_option("Sales")
    expect(page.get_by_text("odd.csv, windows.zip: not in UTF-8")).to_be_visible()
    page.get_by_label("Encoding").select_option("Chinese, simplified (gb18030)")
    expect(page.get_by_role("region", name="The first rows of odd.csv")).to_contain_text("连衣裙")
    assert serious_violations(page) == []
    page.keyboard.press("Escape")


def test_the_preview_drops_the_same_folder_around_all_files_as_the_server(filled, visit):
    page = visit(f"{filled.url}/#/")
    module = f"{filled.url}/ui/js/imports/folders.js"
    expected = [top_folder(paths, archive=archive).path for archive, paths in ARCHIVES]
    assert page.evaluate(TOP_FOLDERS, [module, ARCHIVES]) == expected


def test_pictures_that_were_only_packed_in_a_folder_become_items(shop, visit, tmp_path):
    archive = tmp_path / "new.zip"
    archive.write_bytes(make_zip({f"neu/NEU-{n}.jpg": jpeg(n) for n in range(2)}))
    page = visit(f"{shop.url}/#/c/{shop.name}")
    choose_files(page, "Add files", archive)
    page.get_by_label("Neither: ").check()
    confirm_import(page)
    items = page.get_by_role("list", name="Items").get_by_role("listitem")
    expect(items).to_have_text([re.compile("NEU-[01]")] * 2)


@pytest.fixture
def large_archives(tmp_path):
    """Two archives of three images each, which are sent in several parts."""
    padding = {"__MACOSX/padding": bytes(50 << 20)}  # the server ignores it
    archives = {tmp_path / "large.tar": range(3), tmp_path / "other.tar": range(3, 6)}
    for archive, images in archives.items():
        archive.write_bytes(make_tar({f"{n}.jpg": jpeg(n) for n in images} | padding))
    return list(archives)


def test_a_large_file_goes_on_after_the_network_was_cut(shop, visit, large_archives):
    """The next one waits meanwhile."""
    page = visit(f"{shop.url}/#/c/{shop.name}", expects="ERR_|No response|failed:")
    offsets = []
    page.on("request", lambda request: offsets.append(offset_of(request)))
    slow_connection = limit_upload(page, 8_000_000)
    with page.expect_request(offset_of):  # of the second part
        import_files(page, "Add files", *large_archives)
    page.context.set_offline(True)
    slow_connection.detach()
    activity = uploads_in(page)
    expect(activity).to_contain_text(re.compile("[Cc]onnection (is )?lost"))
    expect(activity).to_contain_text("other.tarwaiting …")
    activity.get_by_role("listitem").last.hover()  # successes stay as long as the pointer is there
    page.context.set_offline(False)
    expect(activity.get_by_text("succeeded")).to_have_count(2)
    assert shop.counts() == (6, 6)
    assert offsets.count(0) == 2  # what had arrived was not sent again


def test_a_large_file_can_be_sent_again_once_there_are_fewer_unfinished_uploads(
    shop, visit, large_archives
):
    page = visit(f"{shop.url}/#/c/{shop.name}", expects="409")
    activity = uploads_in(page)
    with unfinished_uploads(shop):
        import_files(page, "Add files", large_archives[0])
        expect(activity).to_contain_text("not used yet")
    activity.get_by_role("button", name="Send again").click()
    expect(activity.get_by_text("succeeded")).to_be_visible()
    assert shop.counts() == (3, 3)


@contextmanager
def unfinished_uploads(shop):
    """Announce as many uploads as a key may have, and delete them again."""
    answers = []
    while not answers or answers[-1].status_code == 201:
        answers.append(shop.http.post("/v1/uploads", headers={"Upload-Length": "1"}))
    assert answers.pop().status_code == 409
    yield
    for answer in answers:
        shop.http.delete(answer.headers["location"])


def test_each_large_file_goes_on_or_is_discarded_after_the_page_was_loaded_again(
    shop, visit, large_archives
):
    page = visit(f"{shop.url}/#/c/{shop.name}", expects="ERR_|failed:")
    offsets = []
    page.on("request", lambda request: offsets.append(offset_of(request)))
    with stopped_halfway(page) as slow_connection:
        import_files(page, "Add files", *large_archives)
    duplicate = duplicated(page)
    eventually(lambda: duplicate.evaluate("sessionStorage['unfinished-uploads']") == "{}")
    expect(uploads_in(duplicate)).to_be_hidden()  # the first tab is sending them
    page.evaluate(REPLACE_VIEW, [f"{shop.url}/ui/js/uploads.js", shop.name])
    reload(page, slow_connection)
    offsets.clear()
    activity = uploads_in(page)
    expect(activity.get_by_text("interrupted", exact=True)).to_have_count(2)  # the view is not
    expect(activity).to_contain_text("other.tarinterruptedNone of it is on the server")
    duplicate = duplicated(page)
    expect(uploads_in(duplicate)).to_contain_text("large.tarinterrupted")
    choose_files(page, "Choose files: large.tar", large_archives[0])
    confirm_import(page)
    expect(uploads_in(duplicate)).not_to_contain_text("large.tar")
    expect(activity.get_by_text("succeeded")).to_be_visible()
    assert 0 not in offsets  # what had arrived was not sent again
    with stopped_halfway(page) as slow_connection:
        choose_files(page, "Choose files: other.tar", large_archives[1])
        confirm_import(page)
    reload(page, slow_connection)
    activity.get_by_role("button", name="Discard: other.tar").click()
    expect(activity).not_to_contain_text("interrupted")
    assert shop.counts() == (3, 3)


@contextmanager
def stopped_halfway(page):
    """Nearly stop the upload that begins within the block, when its first part has arrived."""
    slow_connection = limit_upload(page, 16_000_000)
    with page.expect_request(offset_of):  # of the second part
        yield slow_connection
    slow_connection.send("Network.emulateNetworkConditions", UNLIMITED | {"uploadThroughput": 1000})


def reload(page, slow_connection):
    """Load the page again, although it warns that uploads are not complete."""
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    slow_connection.detach()


def uploads_in(page):
    return page.get_by_role("complementary", name="Uploads and jobs", include_hidden=True)


def duplicated(page):
    """Open a copy of a tab, with what its session storage holds."""
    with page.expect_popup() as popup:
        page.evaluate("() => { window.open(location.href); }")
    return popup.value


def offset_of(request):
    """Where the part of a file begins that a request sends; None if it sends none."""
    offset = request.headers.get("upload-offset")
    return None if offset is None else int(offset)


def limit_upload(page, bytes_per_s):
    """Slow the connection down, until the returned session is detached."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    limit = UNLIMITED | {"uploadThroughput": bytes_per_s}
    session.send("Network.emulateNetworkConditions", limit)
    return session
