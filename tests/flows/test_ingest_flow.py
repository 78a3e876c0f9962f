"""Pictures in over HTTP, and what can be found afterwards."""

import io
import zipfile

import pytest
from PIL import Image

from core.vectors.milvus import MilvusVectors
from tests.support.archives import tarred, zipped
from tests.support.images import jpeg, picture
from tests.support.shop_client import numbered

pytestmark = pytest.mark.stack


def test_a_zip_becomes_items_that_are_found(shop):
    job = shop.ingest_numbers(range(20))
    assert (job["state"], job["progress"]["done"], job["result"]) == (
        "succeeded",
        20,
        {"items": 20, "images": 20},
    )
    for number in (0, 7, 19):
        best = shop.found(jpeg(number), limit=3)[0]
        assert (best["sku"], round(best["score"], 3)) == (str(number), 1.0)


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_tar_does_as_well(shop, mode):
    data = tarred({f"{n}.jpg": jpeg(n) for n in range(5)}, mode=mode)
    assert shop.ingest([("some.tar", data)])["progress"]["done"] == 5
    assert shop.found(jpeg(3))[0]["sku"] == "3"


def test_single_pictures_and_archives_come_in_one_request(shop):
    files = [("A.jpg", jpeg(1)), ("B.jpg", jpeg(2)), ("more.zip", numbered([3, 4]))]
    assert shop.ingest(files)["progress"]["done"] == 4
    assert sorted(shop.skus()) == ["3", "4", "A", "B"]


def test_a_bad_picture_fails_alone_and_says_why(shop):
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    files = {
        "good.jpg": jpeg(1),
        "text.jpg": b"this is no picture at all",
        "cut.jpg": jpeg(2)[:2000],
        "huge.png": bomb.getvalue(),
        "empty.jpg": b"",
        "inner.zip": zipped({"x.jpg": jpeg(3)}),
        "../out.jpg": jpeg(4),
        "/abs.jpg": jpeg(5),
        "notes.txt": b"hello",
    }
    job = shop.ingest([("mixed.zip", zipped(files))])
    assert (job["state"], job["progress"]["done"]) == ("partial", 1)
    failures = shop.failures(job)
    assert set(failures) == set(files) - {"good.jpg"}
    assert all(failure["reason"] for failure in failures.values())
    assert failures["huge.png"]["code"] == "too-large"
    assert shop.skus() == ["good"]


def test_a_picture_sent_again_is_skipped(shop):
    shop.ingest_numbers(range(4))
    progress = shop.ingest_numbers(range(6))["progress"]
    assert (progress["done"], progress["skipped"]) == (2, 4)
    assert shop.counts() == (6, 6)


def test_another_picture_of_a_view_takes_its_place(shop):
    shop.ingest([("A.jpg", jpeg(1))])
    shop.ingest([("A.jpg", jpeg(2))])
    assert shop.counts() == (1, 1)
    assert shop.found(jpeg(2))[0]["score"] == pytest.approx(1, abs=1e-3)
    assert shop.found(jpeg(1))[0]["score"] < 0.99


def test_views_of_an_item_are_one_match_by_the_best(shop):
    data = zipped({"A/front.jpg": jpeg(1), "A/back.jpg": jpeg(2), "B/front.jpg": jpeg(3)})
    shop.ingest([("views.zip", data)])
    assert shop.counts() == (2, 3)
    found = shop.found(jpeg(2))
    assert [m["sku"] for m in found] == ["A", "B"]
    assert (found[0]["view"], round(found[0]["score"], 3)) == ("back", 1.0)


def test_attributes_of_a_manifest_filter_matches_and_items(shop):
    rows = "sku,file,kind,price\n" + "".join(
        f"S{n},{n}.jpg,{'hat' if n % 2 else 'shoe'},{n * 10}\n" for n in range(8)
    )
    shop.ingest([("a.zip", numbered(range(8)))], manifest=rows.encode())
    where = {"kind": "hat", "price": {"lt": 50}}
    assert {m["sku"] for m in shop.found(jpeg(0), filter=where)} == {"S1", "S3"}
    page = shop.http.get(
        f"{shop.path}/items", params={"filter": '{"kind": "shoe", "price": {"in": [0, 60]}}'}
    )
    assert sorted(item["sku"] for item in page.json()["items"]) == ["S0", "S6"]


def test_a_manifest_inside_the_archive_counts_too(shop):
    data = zipped({"items.csv": b"sku,file\nRED,1.jpg\n", "1.jpg": jpeg(1), "2.jpg": jpeg(2)})
    shop.ingest([("a.zip", data)])
    assert sorted(shop.skus()) == ["2", "RED"]


def attributes(shop):
    items = shop.http.get(f"{shop.path}/items").json()["items"]
    return {item["sku"]: item["attributes"] for item in items}


@pytest.mark.parametrize("field", ["files", "manifest"])
@pytest.mark.parametrize("file", [b"", b",file"])
def test_a_manifest_alone_changes_attributes_of_items_and_tells_those_that_are_not(
    shop, field, file
):
    shop.ingest([("a.zip", numbered([1, 2]))], manifest=b"sku,kind,price\n1,hat,5\n2,shoe,7\n")
    one, three = (b",1.jpg", b",3.jpg") if file else (b"", b"")
    rows = b"sku%s,price\n1%s,9\n3%s,4\n" % (file, one, three)
    answer = shop.http.post(f"{shop.path}/items", files={field: ("items.csv", rows)})
    job = shop.ended(answer.json()["id"])
    assert (job["state"], job["progress"]["updated"], job["progress"]["failed"]) == (
        "partial",
        1,
        1,
    )
    (failure,) = shop.http.get(f"/v1/jobs/{job['id']}/failures").json()["items"]
    assert (failure["sku"], failure["code"]) == ("3", "not-found")
    assert attributes(shop) == {"1": {"kind": "hat", "price": 9}, "2": {"kind": "shoe", "price": 7}}
    assert [m["sku"] for m in shop.found(jpeg(2), filter={"price": {"gt": 8}})] == ["1"]


def test_rows_without_a_file_tell_of_pictures_by_their_names(shop):
    job = shop.ingest([("a.zip", numbered([1, 2]))], manifest=b"sku,kind\n1,hat\n")
    assert (job["state"], attributes(shop)) == ("succeeded", {"1": {"kind": "hat"}, "2": {}})


def test_items_whose_attributes_alone_have_changed_are_counted(shop):
    rows = "sku,file,price\n" + "".join(f"{n},{n}.jpg,{n}\n" for n in range(4))
    shop.ingest([("a.zip", numbered(range(4)))], manifest=rows.encode())
    again = rows.replace(",2\n", ",20\n").replace(",3\n", ",30\n")
    progress = shop.ingest([("a.zip", numbered(range(4)))], manifest=again.encode())["progress"]
    assert (progress["done"], progress["skipped"], progress["updated"]) == (0, 4, 2)


def folders(count, pictures):
    made = {
        f"kind{k}/{k}-{n}.jpg": jpeg(k * 100 + n) for k in range(count) for n in range(pictures)
    }
    return zipped(made)


@pytest.mark.parametrize(("pictures", "warned"), [(12, False), (13, True)])
def test_folders_that_look_like_kinds_are_told_of(shop, pictures, warned):
    result = shop.ingest([("a.zip", folders(2, pictures))])["result"]
    assert result["items"] == 2
    assert ("folders=kind" in result.get("warning", "")) is warned


def test_where_folders_are_kinds_each_picture_is_an_item(shop):
    files = {"files": ("a.zip", folders(2, 13)), "manifest": b"sku,price\n0-1,5\n"}
    answer = shop.http.post(f"{shop.path}/items", files=files, data={"folders": "kind"})
    job = shop.ended(answer.json()["id"])
    assert job["result"] == {"items": 26, "images": 26}
    told = attributes(shop)
    assert told["0-1"] == {"kind": "kind0", "price": 5}
    assert {sku for sku, one in told.items() if one["kind"] == "kind1"} == {
        f"1-{n}" for n in range(13)
    }


def test_what_only_the_manifest_names_is_a_failure(shop):
    job = shop.ingest([("1.jpg", jpeg(1))], manifest=b"sku,file\nA,1.jpg\nB,gone.jpg\n")
    assert job["state"] == "partial"
    assert shop.failures(job)["gone.jpg"]["sku"] == "B"


def test_two_files_for_one_view_are_not_mixed_up(shop):
    job = shop.ingest([("a.zip", zipped({"A.jpg": jpeg(1), "A.png": jpeg(2)}))])
    assert job["state"] == "partial"
    assert "already" in shop.failures(job)["A.png"]["reason"]


def test_a_broken_archive_fails_the_job_with_a_reason(shop):
    job = shop.ingest([("a.zip", b"PK\x03\x04" + b"rubbish" * 100)])
    assert job["state"] == "failed"
    assert "not a readable zip" in job["problem"]["detail"]


def test_a_crop_searches_a_part_of_the_picture(shop):
    shop.ingest_numbers(range(10))
    both = Image.new("RGB", (400, 200))
    both.paste(picture(3), (0, 0))
    both.paste(picture(8), (200, 0))
    buffer = io.BytesIO()
    both.save(buffer, "PNG")
    left = shop.found(buffer.getvalue(), crop="0,0,0.5,1", limit=1)
    right = shop.found(buffer.getvalue(), crop="0.5,0,1,1", limit=1)
    assert [left[0]["sku"], right[0]["sku"]] == ["3", "8"]


def test_limit_and_min_score_bound_the_matches(shop):
    shop.ingest_numbers(range(10))
    assert len(shop.found(jpeg(1), limit=4)) == 4
    assert [m["sku"] for m in shop.found(jpeg(1), min_score=0.99)] == ["1"]


def test_an_answer_tells_how_long_its_parts_took(shop):
    shop.ingest_numbers([1])
    timings = shop.search(jpeg(1)).json()["timings"]
    assert set(timings) == {"decode_ms", "embed_ms", "search_ms", "total_ms"}
    parts = timings["decode_ms"] + timings["embed_ms"] + timings["search_ms"]
    assert timings["total_ms"] == pytest.approx(parts, abs=1)


def test_look_alikes_leave_the_item_itself_out(shop):
    shop.ingest_numbers(range(6))
    found = shop.http.get(f"{shop.path}/items/2/similar", params={"limit": 10}).json()["matches"]
    assert sorted(m["sku"] for m in found) == ["0", "1", "3", "4", "5"]
    scores = [m["score"] for m in found]
    assert scores == sorted(scores, reverse=True)


def test_a_collection_without_pictures_finds_nothing(shop):
    assert shop.found(jpeg(1)) == []


def test_vectors_over_http_are_those_of_milvus(shop, stack):
    """What the ledger counts, the store holds and Milvus holds is the same."""
    shop.ingest_numbers(range(12))
    spaces = MilvusVectors(stack.settings.milvus)
    definition = stack.data / "store" / "collections" / shop.name / "collection.json"
    space = definition.read_text().split('"space": "')[1].split('"')[0]
    assert sorted(spaces.keys(space)) == sorted((str(n), "main") for n in range(12))


def test_stored_and_deflated_zips_give_the_same(shop):
    files = {"1.jpg": jpeg(1)}
    shop.ingest([("a.zip", zipped(files, method=zipfile.ZIP_STORED))])
    again = shop.ingest([("b.zip", zipped(files, method=zipfile.ZIP_DEFLATED))])
    assert again["progress"]["skipped"] == 1


def test_a_broken_archive_beside_others_fails_alone(shop):
    files = [("bad.zip", b"PK\x03\x04" + b"rubbish" * 100), ("good.zip", numbered([1, 2]))]
    job = shop.ingest(files)
    assert (job["state"], job["progress"]["done"]) == ("partial", 2)
    assert "not a readable zip" in shop.failures(job)["bad.zip"]["reason"]


def test_a_picture_whose_row_was_refused_does_not_come_in_under_another_name(shop):
    job = shop.ingest([("q.jpg", jpeg(1)), ("A.jpg", jpeg(2))], manifest=b"sku,file\nA/1,q.jpg\n")
    assert (job["state"], shop.skus()) == ("partial", ["A"])
    assert "row in the manifest" in shop.failures(job)["q.jpg"]["reason"]


def test_a_folder_packed_whole_is_a_folder_of_items(shop):
    data = zipped({"shop/A-12.jpg": jpeg(1), "shop/A-13.jpg": jpeg(2), "__MACOSX/._x": b"x"})
    shop.ingest([("shop.zip", data)])
    assert sorted(shop.skus()) == ["A-12", "A-13"]
