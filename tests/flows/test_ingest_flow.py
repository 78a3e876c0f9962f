"""Images are uploaded over HTTP, and can be searched afterwards."""

import io
import zipfile

import pytest
from PIL import Image, ImageDraw, ImageFilter
from pillow_heif import register_heif_opener

from tests.support.archives import make_tar, make_zip
from tests.support.image_server import image_server
from tests.support.images import jpeg, make_image
from tests.support.items import own
from tests.support.shop_client import zip_of_images
from tests.support.stack_data import main_views, vector_keys
from tests.support.stack_settings import image_server_port

pytestmark = pytest.mark.stack

register_heif_opener()

BROKEN_ZIP = b"PK\x03\x04" + b"rubbish" * 100


def test_the_images_of_a_zip_become_items_that_match(shop):
    job = shop.ingest_numbers(range(20))
    assert (job["state"], job["progress"]["done"]) == ("succeeded", 20)
    assert job["result"] == {"items": 20, "images": 20}
    for number in (0, 7, 19):
        best = shop.matches(jpeg(number), limit=3)[0]
        assert (best["sku"], round(best["score"], 3)) == (str(number), 1.0)


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_tar_archive_works_like_a_zip(shop, mode):
    data = make_tar({f"{n}.jpg": jpeg(n) for n in range(5)}, mode=mode)
    assert shop.ingest([("images.tar", data)])["progress"]["done"] == 5
    assert shop.matches(jpeg(3))[0]["sku"] == "3"


def test_one_request_can_have_single_images_and_archives(shop):
    files = [("A.jpg", jpeg(1)), ("B.jpg", jpeg(2)), ("more.zip", zip_of_images([3, 4]))]
    assert shop.ingest(files)["progress"]["done"] == 4
    assert sorted(shop.skus()) == ["3", "4", "A", "B"]


def test_a_bad_file_fails_alone_and_says_why(shop):
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    files = {
        "good.jpg": jpeg(1),
        "text.jpg": b"this is not an image at all",
        "truncated.jpg": jpeg(2)[:2000],
        "huge.png": bomb.getvalue(),
        "empty.jpg": b"",
        "inner.zip": make_zip({"x.jpg": jpeg(3)}),
        "../out.jpg": jpeg(4),
        "/abs.jpg": jpeg(5),
        "notes.txt": b"hello",
    }
    job = shop.ingest([("mixed.zip", make_zip(files))])
    assert (job["state"], job["progress"]["done"]) == ("partial", 1)
    failures = shop.failures(job)
    assert set(failures) == set(files) - {"good.jpg"}
    assert all(failure["reason"] for failure in failures.values())
    assert failures["huge.png"]["code"] == "too-large"
    assert shop.skus() == ["good"]


def test_an_image_sent_again_is_skipped(shop):
    shop.ingest_numbers(range(4))
    progress = shop.ingest_numbers(range(6))["progress"]
    assert (progress["done"], progress["skipped"]) == (2, 4)
    assert shop.counts() == (6, 6)


def test_another_image_for_a_view_replaces_the_first(shop):
    shop.ingest([("A.jpg", jpeg(1))])
    shop.ingest([("A.jpg", jpeg(2))])
    assert shop.counts() == (1, 1)
    assert shop.matches(jpeg(2))[0]["score"] == pytest.approx(1, abs=1e-3)
    assert shop.matches(jpeg(1))[0]["score"] < 0.99


def test_the_views_of_an_item_are_one_match_with_the_best_score(shop):
    data = make_zip({"A/front.jpg": jpeg(1), "A/back.jpg": jpeg(2), "B/front.jpg": jpeg(3)})
    shop.ingest([("views.zip", data)])
    assert shop.counts() == (2, 3)
    matches = shop.matches(jpeg(2))
    assert [match["sku"] for match in matches] == ["A", "B"]
    assert (matches[0]["view"], round(matches[0]["score"], 3)) == ("back", 1.0)


def test_attributes_from_a_manifest_filter_matches_and_items(shop):
    rows = "sku,file,kind,price\n" + "".join(
        f"S{n},{n}.jpg,{'hat' if n % 2 else 'shoe'},{n * 10}\n" for n in range(8)
    )
    shop.ingest([("a.zip", zip_of_images(range(8)))], manifest=rows.encode())
    matches = shop.matches(jpeg(0), filter={"kind": "hat", "price": {"lt": 50}})
    assert {match["sku"] for match in matches} == {"S1", "S3"}
    page = shop.http.get(
        f"{shop.path}/items", params={"filter": '{"kind": "shoe", "price": {"in": [0, 60]}}'}
    )
    assert sorted(item["sku"] for item in page.json()["items"]) == ["S0", "S6"]


def test_a_manifest_inside_the_archive_is_used(shop):
    data = make_zip({"items.csv": b"sku,file\nRED,1.jpg\n", "1.jpg": jpeg(1), "2.jpg": jpeg(2)})
    shop.ingest([("a.zip", data)])
    assert sorted(shop.skus()) == ["2", "RED"]


def attributes(shop):
    """Return the attributes of all items that requests have set, by sku."""
    items = shop.http.get(f"{shop.path}/items").json()["items"]
    return {item["sku"]: own(item["attributes"]) for item in items}


@pytest.mark.parametrize("field", ["files", "manifest"])
@pytest.mark.parametrize("file", [b"", b",file"])
def test_a_manifest_alone_updates_attributes_and_reports_unknown_items(shop, field, file):
    manifest = b"sku,kind,price\n1,hat,5\n2,shoe,7\n"
    shop.ingest([("a.zip", zip_of_images([1, 2]))], manifest=manifest)
    file_1, file_3 = (b",1.jpg", b",3.jpg") if file else (b"", b"")
    rows = b"sku%s,price\n1%s,9\n3%s,4\n" % (file, file_1, file_3)
    response = shop.http.post(f"{shop.path}/items", files={field: ("items.csv", rows)})
    job = shop.wait_for_job(response.json()["id"])
    assert job["state"] == "partial"
    assert (job["progress"]["updated"], job["progress"]["failed"]) == (1, 1)
    (failure,) = shop.http.get(f"/v1/jobs/{job['id']}/failures").json()["items"]
    assert (failure["sku"], failure["code"]) == ("3", "not-found")
    assert attributes(shop) == {"1": {"kind": "hat", "price": 9}, "2": {"kind": "shoe", "price": 7}}
    matches = shop.matches(jpeg(2), filter={"price": {"gt": 8}})
    assert [match["sku"] for match in matches] == ["1"]


def test_manifest_rows_without_a_file_apply_to_images_by_sku(shop):
    job = shop.ingest([("a.zip", zip_of_images([1, 2]))], manifest=b"sku,kind\n1,hat\n")
    assert (job["state"], attributes(shop)) == ("succeeded", {"1": {"kind": "hat"}, "2": {}})


def test_a_table_with_urls_is_imported_and_again_without_another_download(shop, stack):
    with image_server(image_server_port(stack)) as server:
        server.images = {f"/{n}.jpg": jpeg(n) for n in range(3)}
        lines = [f"S{n},{server.url(f'/{n}.jpg')},{n}" for n in range(3)]
        lines += [f"S3,{server.url('/3.jpg')},3", "S4,http://127.0.0.1/4.jpg,4"]
        products = "\n".join(["SKU,Image Src,price", *lines]).encode()
        first = shop.ingest([("products.csv", products)])
        assert (first["state"], first["progress"]["done"]) == ("partial", 3)
        assert shop.matches(jpeg(2), filter={"price": 2})[0]["sku"] == "S2"
        failures = {failure["sku"]: failure for failure in shop.failures(first).values()}
        assert (failures["S3"]["url"], failures["S3"]["reason"]) == (
            server.url("/3.jpg"), "the server responded with status 404",
        )  # fmt: skip
        assert failures["S4"]["code"] == "url-refused"
        server.images["/3.jpg"] = jpeg(3)
        server.statuses.clear()
        retry = shop.http.post(f"/v1/jobs/{first['id']}/retry").json()
        assert shop.wait_for_job(retry["id"])["progress"]["done"] == 1
        assert server.statuses == {200: 1}
        server.statuses.clear()
        assert shop.ingest([("products.csv", products)])["progress"]["skipped"] == 4
        assert server.statuses == {304: 4}


def test_items_with_changed_attributes_and_the_same_image_count_as_updated(shop):
    archive = zip_of_images(range(4))
    rows = "sku,file,price\n" + "".join(f"{n},{n}.jpg,{n}\n" for n in range(4))
    shop.ingest([("a.zip", archive)], manifest=rows.encode())
    changed = rows.replace(",2\n", ",20\n").replace(",3\n", ",30\n")
    progress = shop.ingest([("a.zip", archive)], manifest=changed.encode())["progress"]
    assert (progress["done"], progress["skipped"], progress["updated"]) == (0, 4, 2)


def zip_of_folders(folders, images):
    """Return an archive of this many folders, each with this many images."""
    return make_zip({
        f"kind{folder}/{folder}-{n}.jpg": jpeg(folder * 100 + n)
        for folder in range(folders)
        for n in range(images)
    })


@pytest.mark.parametrize(("images", "has_warning"), [(12, False), (13, True)])
def test_folders_that_look_like_categories_cause_a_warning(shop, images, has_warning):
    result = shop.ingest([("a.zip", zip_of_folders(2, images))])["result"]
    assert result["items"] == 2
    assert ("folders=kind" in result.get("warning", "")) is has_warning


def test_with_folders_as_categories_each_image_is_an_item(shop):
    files = {"files": ("a.zip", zip_of_folders(2, 13)), "manifest": b"sku,price\n0-1,5\n"}
    response = shop.http.post(f"{shop.path}/items", files=files, data={"folders": "kind"})
    job = shop.wait_for_job(response.json()["id"])
    new = {"kind": "text", "price": "number"}
    assert job["result"] == {"items": 26, "images": 26, "new_attributes": new}
    by_sku = attributes(shop)
    assert by_sku["0-1"] == {"kind": "kind0", "price": 5}
    assert {sku for sku, values in by_sku.items() if values["kind"] == "kind1"} == {
        f"1-{n}" for n in range(13)
    }


def test_an_import_by_folders_keeps_all_other_attributes_unless_it_replaces_them(shop):
    def import_folders(**form):
        files = {"files": ("a.zip", zip_of_folders(2, 2))}
        response = shop.http.post(
            f"{shop.path}/items", files=files, data={"folders": "kind"} | form
        )
        return shop.wait_for_job(response.json()["id"])["progress"]

    def items():
        return shop.http.get(f"{shop.path}/items").json()["items"]

    import_folders()
    rows = "sku,price\n" + "".join(f"{item['sku']},9.5\n" for item in items())
    shop.ingest([], manifest=rows.encode())
    before = items()
    assert all(set(own(item["attributes"])) == {"kind", "price"} for item in before)
    progress = import_folders()
    assert (progress["done"], progress["skipped"], progress["updated"]) == (0, 4, 0)
    assert items() == before
    assert import_folders(replace="true")["updated"] == 4
    assert all(set(own(item["attributes"])) == {"kind"} for item in items())


def test_a_file_that_only_the_manifest_names_is_a_failure(shop):
    job = shop.ingest([("1.jpg", jpeg(1))], manifest=b"sku,file\nA,1.jpg\nB,missing.jpg\n")
    assert job["state"] == "partial"
    assert shop.failures(job)["missing.jpg"]["sku"] == "B"


def test_a_second_file_for_the_same_view_is_a_failure(shop):
    job = shop.ingest([("a.zip", make_zip({"A.jpg": jpeg(1), "A.png": jpeg(2)}))])
    assert job["state"] == "partial"
    assert "already" in shop.failures(job)["A.png"]["reason"]


def test_a_broken_archive_fails_the_job_with_a_reason(shop):
    job = shop.ingest([("a.zip", BROKEN_ZIP)])
    assert job["state"] == "failed"
    assert "not a readable zip" in job["problem"]["detail"]


def test_a_zip_that_lost_bytes_fails_instead_of_waiting_for_ever(shop):
    data = make_zip({"A.jpg": jpeg(1), "B.jpg": jpeg(2)}, method=zipfile.ZIP_STORED)
    directory = data.rindex(b"PK\x01\x02", 0, data.rindex(b"PK\x01\x02"))
    job = shop.ingest([("a.zip", data[:100] + data[directory:])])
    assert job["state"] == "failed"
    assert "damaged" in shop.failures(job)["A.jpg"]["reason"]


def test_a_file_name_that_is_not_utf_8_fails_no_import(shop):
    name = b"Gr\xf6\xdfe.jpg".decode("utf-8", "surrogateescape")
    job = shop.ingest([("a.tar", make_tar({name: jpeg(1), "B.jpg": jpeg(2)}))])
    assert (job["state"], sorted(shop.skus())) == ("succeeded", ["B", "Größe"])
    assert "read as windows-1252: 'Größe.jpg'" in job["result"]["warning"]


@pytest.mark.parametrize("kind", ["HEIF", "AVIF", "TIFF"])
def test_the_formats_of_phones_and_studios_are_found_and_shown(shop, kind):
    file = io.BytesIO()
    make_image(1).save(file, kind)
    assert shop.ingest([("A.heic", file.getvalue())])["state"] == "succeeded"
    assert shop.matches(file.getvalue())[0]["score"] == pytest.approx(1, abs=0.001)
    thumbnail = shop.http.get(f"{shop.path}/items/A/image", params={"size": 64})
    assert Image.open(io.BytesIO(thumbnail.content)).format == "JPEG"


def test_a_search_with_a_crop_uses_that_part_of_the_image(shop):
    shop.ingest_numbers(range(10))
    both = Image.new("RGB", (400, 200))
    both.paste(make_image(3), (0, 0))
    both.paste(make_image(8), (200, 0))
    buffer = io.BytesIO()
    both.save(buffer, "PNG")
    left = shop.matches(buffer.getvalue(), crop="0,0,0.5,1", limit=1)
    right = shop.matches(buffer.getvalue(), crop="0.5,0,1,1", limit=1)
    assert [left[0]["sku"], right[0]["sku"]] == ["3", "8"]


def test_limit_and_min_score_bound_the_matches(shop):
    shop.ingest_numbers(range(10))
    assert len(shop.matches(jpeg(1), limit=4)) == 4
    assert [match["sku"] for match in shop.matches(jpeg(1), min_score=0.99)] == ["1"]


def test_a_search_reports_the_time_of_each_stage(shop):
    shop.ingest_numbers([1])
    timings = shop.search(jpeg(1)).json()["timings"]
    assert set(timings) == {"decode_ms", "embed_ms", "search_ms", "total_ms"}
    stages = timings["decode_ms"] + timings["embed_ms"] + timings["search_ms"]
    assert timings["total_ms"] == pytest.approx(stages, abs=1)


def test_items_similar_to_an_item_exclude_the_item_itself(shop):
    shop.ingest_numbers(range(6))
    matches = shop.http.get(f"{shop.path}/items/2/similar", params={"limit": 10}).json()["matches"]
    assert sorted(match["sku"] for match in matches) == ["0", "1", "3", "4", "5"]
    scores = [match["score"] for match in matches]
    assert scores == sorted(scores, reverse=True)


def test_an_empty_collection_has_no_matches(shop):
    assert shop.matches(jpeg(1)) == []


def test_milvus_has_one_vector_for_each_image(shop, stack):
    shop.ingest_numbers(range(12))
    assert vector_keys(stack, shop) == main_views(range(12))


def test_stored_and_deflated_zips_have_the_same_result(shop):
    files = {"1.jpg": jpeg(1)}
    shop.ingest([("a.zip", make_zip(files, method=zipfile.ZIP_STORED))])
    job = shop.ingest([("b.zip", make_zip(files, method=zipfile.ZIP_DEFLATED))])
    assert job["progress"]["skipped"] == 1


def test_a_broken_archive_among_others_fails_alone(shop):
    job = shop.ingest([("bad.zip", BROKEN_ZIP), ("good.zip", zip_of_images([1, 2]))])
    assert (job["state"], job["progress"]["done"]) == ("partial", 2)
    assert "not a readable zip" in shop.failures(job)["bad.zip"]["reason"]


def test_an_image_with_a_rejected_manifest_row_is_not_imported_under_its_file_name(shop):
    manifest = b"sku,file\nA//1,q.jpg\n"
    job = shop.ingest([("q.jpg", jpeg(1)), ("A.jpg", jpeg(2))], manifest=manifest)
    assert (job["state"], shop.skus()) == ("partial", ["A"])
    assert "manifest's row for this file" in shop.failures(job)["q.jpg"]["reason"]


def test_a_single_top_level_folder_of_an_archive_is_stripped(shop):
    data = make_zip({"shop/A-12.jpg": jpeg(1), "shop/A-13.jpg": jpeg(2), "__MACOSX/._x": b"x"})
    shop.ingest([("shop.zip", data)])
    assert sorted(shop.skus()) == ["A-12", "A-13"]


def test_what_is_seen_in_images_is_told_and_can_be_filtered_by(shop):
    blurred = product("#c81e1e").filter(ImageFilter.GaussianBlur(8))
    pictures = {"red": product("#c81e1e"), "blue": product("#1e50c8"), "soft": blurred}
    job = shop.ingest([(f"{sku}.png", png(image)) for sku, image in pictures.items()])
    assert (job["state"], job["result"]["image_problems"]) == ("succeeded", {"blurred": 1})
    health = shop.http.get(f"{shop.path}/health", params={"problem": "blurred"}).json()
    assert (health["images"], health["problems"]) == (3, {"blurred": 1})
    assert [(row["sku"], row["view"]) for row in health["items"]] == [("soft", "main")]
    red = {"seen_colour": {"contains": "red"}}
    matches = shop.matches(png(pictures["blue"]), filter=red)
    assert {match["sku"] for match in matches} == {"red", "soft"}
    assert matches[0]["attributes"]["seen_colour"] == ["red"]
    shop.ingest([("red.png", png(pictures["blue"]))])
    assert shop.http.get(f"{shop.path}/items/red").json()["attributes"] == {"seen_colour": ["blue"]}


def product(colour):
    image = Image.new("RGB", (400, 400), "white")
    ImageDraw.Draw(image).polygon([(80, 330), (320, 330), (250, 60), (150, 60)], colour)
    return image


def png(image):
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
