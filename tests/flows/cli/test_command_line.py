"""The `lookalike` command against the whole stack."""

import csv
import json
import re
import shutil
import socket
import uuid

import httpx2
import pytest

from embedded.demo.draw import draw_shop
from lookalike.client import Lookalike
from tests.support.items import own
from tests.support.servers import free_port, free_ports
from tests.support.shop_client import PATIENCE_S, json_output

pytestmark = pytest.mark.stack

COUNT = 64
SKU = re.compile(r"\b[A-Z]{2}-\d{4}\b")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    draw_shop(folder, COUNT)
    return folder


@pytest.fixture(scope="module")
def rows(folder):
    with (folder / "items" / "items.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def imported(run, folder):
    """A collection with the demo shop, imported by the command."""
    done = run("import", folder / "items", "-c", "command")
    assert done.returncode == 0, done.stderr
    return done


def is_listening(port):
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def unique_name(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def test_a_folder_is_imported_with_its_manifest(run, imported, rows):
    assert f"{len(rows)} images imported" in imported.stdout
    (collection,) = [c for c in json_output(run("collections", "--json")) if c["name"] == "command"]
    assert (collection["items"], collection["images"]) == (COUNT, len(rows))


def test_an_image_of_an_item_finds_the_item_first_with_score_one(run, imported, folder, rows):
    row = rows[17]
    matches = json_output(run("search", folder / "items" / row["file"], "-c", "command", "--json"))
    first = matches["matches"][0]
    assert first["sku"] == row["sku"]
    assert first["score"] == pytest.approx(1, abs=1e-3)
    assert first["attributes"]["name"] == row["name"]
    assert first["attributes"]["price"] == float(row["price"])


def test_the_image_url_of_a_match_returns_its_image(stack, run, imported, folder, rows):
    with Lookalike(stack.url) as client:
        result = client.search("command", (folder / "query.jpg").read_bytes(), limit=1)
    url = result.matches[0].image_url
    assert url.startswith(stack.url)
    image = httpx2.get(url, trust_env=False, timeout=PATIENCE_S)
    files = {(folder / "items" / row["file"]).read_bytes() for row in rows}
    assert image.content in files


def test_a_dress_that_the_shop_does_not_have_finds_dresses(run, imported, folder):
    result = json_output(run("search", folder / "query.jpg", "-c", "command", "-n", "3", "--json"))
    assert [match["attributes"]["kind"] for match in result["matches"]].count("dress") >= 2


def test_filter_and_minimum_score_are_applied(run, imported, folder):
    query = folder / "query.jpg"
    cheap = '{"kind": {"in": ["hat", "bag"]}, "price": {"lt": 60}}'
    matches = json_output(run("search", query, "-c", "command", "--filter", cheap, "--json"))[
        "matches"
    ]
    assert matches
    assert all(m["attributes"]["kind"] in {"hat", "bag"} for m in matches)
    assert all(m["attributes"]["price"] < 60 for m in matches)
    none = run("search", query, "-c", "command", "--min-score", "0.999")
    assert (none.returncode, "no matches" in none.stdout) == (0, True)


def test_a_crop_is_searched_instead_of_the_whole_image(run, imported, folder):
    query = folder / "query.jpg"
    whole = json_output(run("search", query, "-c", "command", "--json"))["matches"]
    part = json_output(run("search", query, "-c", "command", "--crop", "0,0,0.4,0.4", "--json"))
    assert whole[0]["score"] > part["matches"][0]["score"]


def test_similar_items_do_not_include_the_item_itself(run, imported, rows):
    sku = rows[0]["sku"]
    matches = json_output(run("similar", sku, "-c", "command", "-n", "5", "--json"))["matches"]
    assert len(matches) == 5
    assert sku not in {match["sku"] for match in matches}


def test_matches_are_printed_as_a_table(run, imported, folder):
    done = run("search", folder / "query.jpg", "-c", "command", "-n", "2")
    heading, *lines = done.stdout.splitlines()
    assert heading.split() == ["score", "sku", "view", "attributes"]
    assert len(lines) == 2


def test_a_broken_image_makes_the_job_partial_and_is_listed(run, folder, tmp_path):
    shutil.copy(folder / "query.jpg", tmp_path / "good.jpg")
    (tmp_path / "bad.jpg").write_bytes(b"not an image")
    name = unique_name("partly")
    done = run("import", tmp_path, "-c", name)
    assert done.returncode == 3
    assert "bad.jpg" in done.stdout
    jobs = json_output(run("jobs", "-c", name, "--json"))
    (job,) = [job for job in jobs if job["kind"] == "ingest"]
    (failure,) = json_output(run("jobs", "failures", job["id"], "--json"))
    assert (job["state"], failure["file"]) == ("partial", "bad.jpg")


def test_an_archive_is_uploaded_and_its_job_can_be_shown_later(run, folder, tmp_path):
    archive = shutil.make_archive(str(tmp_path / "shop"), "zip", folder / "items")
    name = unique_name("later")
    job = json_output(run("import", archive, "-c", name, "--no-wait", "--json"))
    later = json_output(run("jobs", "show", job["id"], "--json"))
    assert (later["id"], later["collection"], later["kind"]) == (job["id"], name, "ingest")
    cancelled = run("jobs", "cancel", job["id"], "--json")
    # a job this short may have ended before it could be cancelled
    assert cancelled.returncode == 0 or "has already finished" in cancelled.stderr


def test_an_import_into_a_collection_of_another_encoder_is_refused(run, imported, folder):
    done = run("import", folder / "items", "-c", "command", "--encoder", "another")
    assert done.returncode == 1
    assert "already exists with encoder" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["similar", "NO-SUCH", "-c", "command"],
        ["similar", "A", "-c", "no-such-collection"],
        ["jobs", "show", "no-such-job"],
        ["collections", "create", "Not A Name"],
        ["collections", "create", "command"],
        ["collections", "create", "fresh", "--encoder", "no-such-network"],
    ],
)
def test_a_refused_request_exits_with_1_and_the_reason(run, imported, arguments):
    done = run(*arguments)
    assert done.returncode == 1
    assert done.stderr.startswith("lookalike: ")
    assert "Traceback" not in done.stderr


def test_a_collection_is_created_listed_and_deleted(run):
    name = unique_name("short-lived")
    assert run("collections", "create", name, "--description", "for a minute").returncode == 0
    assert name in run("collections").stdout
    assert run("collections", "delete", name, "--yes").returncode == 0
    assert name not in run("collections").stdout


def test_an_item_is_changed_shown_listed_and_deleted(run, folder, tmp_path):
    shutil.copy(folder / "query.jpg", tmp_path / "Z-1.jpg")
    name = unique_name("items")
    assert run("import", tmp_path, "-c", name).returncode == 0
    changed = json_output(
        run("items", "change", "Z-1", "price=9.5", "brand=Öl", "-c", name, "--json")
    )
    assert own(changed["attributes"]) == {"price": 9.5, "brand": "Öl"}
    cheap = json_output(
        run("items", "list", "-c", name, "--filter", '{"price": {"lt": 10}}', "--json")
    )
    assert [item["sku"] for item in cheap] == ["Z-1"]
    assert "Öl" in run("items", "show", "Z-1", "-c", name).stdout
    assert run("items", "delete", "Z-1", "-c", name).returncode == 0
    done = run("items", "show", "Z-1", "-c", name, "--json")
    assert (done.returncode, json.loads(done.stderr)["status"]) == (1, 404)


def test_the_doctor_finds_no_fault_with_the_running_stack(run, imported, stack):
    done = run("doctor", "--json")
    results = {check["name"]: check["result"] for check in json.loads(done.stdout)}
    assert {name: results[name] for name in ("store", "redis", "cache", "worker-embed")} == (
        dict.fromkeys(("store", "redis", "cache", "worker-embed"), "ok")
    )
    assert results[f"weights of {stack.settings.default_encoder}"] == "present"


def test_encoders_are_listed(run, stack):
    names = {encoder["name"] for encoder in json_output(run("encoders", "--json"))}
    assert stack.settings.default_encoder in names


@pytest.fixture(scope="module")
def demo(run, tmp_path_factory):
    """Runs the demo on the running server; yields its folder and its output."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        done = run("demo")
        assert done.returncode == 0, done.stderr
        yield folder / "lookalike" / "demo-shop", done.stdout


def test_the_demo_uses_a_running_server_and_ends_by_itself(demo):
    folder, output = demo
    assert "dress" in output.partition("Items similar to")[2]
    assert output.count("Items similar to") == 2
    assert (folder / "query.jpg").exists()


def test_the_demo_ends_with_purchases_and_recommendations_of_a_customer(demo, run):
    folder, output = demo
    user, purchases, recommended = re.search(
        r"Purchases of customer (\w+)(.*)Recommended for these purchases, and why(.*?)\n\n",
        output,
        re.DOTALL,
    ).groups()
    with (folder / "sales.csv").open(encoding="utf-8", newline="") as file:
        sold = {row["sku"] for row in csv.DictReader(file) if row["md5email"] == user}
    assert set(SKU.findall(purchases)) == sold
    first = [line.split()[1] for line in recommended.splitlines() if SKU.search(line)]
    assert len(first) == 8
    assert not sold & set(first)
    assert all(reason in recommended for reason in ("bought with", "looks like", "popular"))
    command = re.search(r"lookalike (recommend \w+ -c demo)\n", output)[1].split()
    rows = json_output(run(*command, "--json"))["recommendations"]
    assert [row["sku"] for row in rows][:8] == first


@pytest.mark.thorough  # a whole demo again
def test_a_second_demo_imports_no_image_again_and_counts_sales_once(demo, run, stack):
    folder, _ = demo
    output = run("demo").stdout
    assert re.search(r"0 images imported, 2\d\d unchanged in demo \(now 240 items\)", output)
    sales = (folder / "sales.csv").read_text().splitlines()
    with Lookalike(stack.url) as server:
        assert server.recommender("demo").state().report["order_lines"] == len(sales) - 1


@pytest.mark.thorough  # a whole demo again
def test_without_a_server_the_demo_starts_a_stack_and_leaves_nothing_running(
    run, monkeypatch, tmp_path
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LOOKALIKE_DATA", str(tmp_path / "data"))
    ports = free_ports(("API", "FLOWER"))
    for name, port in ports.items():
        monkeypatch.setenv(f"LOOKALIKE_PORTS__{name}", str(port))
    url = f"http://127.0.0.1:{ports['API']}"
    done = run("demo", url=url)
    assert done.returncode == 0, done.stderr
    assert "Recommended for these purchases, and why" in done.stdout
    assert [name for name, port in ports.items() if is_listening(port)] == []


def test_the_demo_starts_no_server_for_a_remote_url(run):
    done = run("demo", url=f"http://192.0.2.1:{free_port()}")
    assert done.returncode == 4
