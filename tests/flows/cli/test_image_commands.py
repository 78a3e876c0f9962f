"""Commands for items, their images and similar items, against the whole stack."""

import base64
import json
import os
import re
import subprocess
import sys

import pytest

from tests.support.images import jpeg
from tests.support.items import own
from tests.support.shop_client import PATIENCE_S, Shop, eventually, json_output

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def shop(stack):
    with Shop(stack.url, "images-by-command") as shop:
        shop.create()
        shop.ingest_numbers(range(6))
        yield shop


@pytest.fixture
def command(run, shop):
    return lambda *arguments: run(*arguments, "-c", shop.name)


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg(3))
    return path


def images(page):
    """The images of a contact sheet, as bytes."""
    uris = re.findall(r"data:image/\w+;base64,([^\"]+)", page)
    return [base64.b64decode(uri) for uri in uris]


def test_items_similar_to_an_image_are_shown_with_thumbnails(command, photo, shop, tmp_path):
    done = command("search", photo, "-n", "3", "--html", tmp_path / "found.html")
    page = (tmp_path / "found.html").read_text()
    assert done.returncode == 0, done.stderr
    query, *thumbnails = images(page)
    first = shop.http.get(f"{shop.path}/items/3/image", params={"size": 320}).content
    assert query == photo.read_bytes()
    assert thumbnails[0] == first
    assert len(thumbnails) == 3
    assert "<h2>3 <small>1.000</small></h2>" in page
    assert "Items similar to photo.jpg" in page


def test_items_are_found_by_words_and_the_command_tells_how_it_understood_them(
    command, photo, tmp_path
):
    done = command("search", "--text", "grün", "-n", "3", "--html", tmp_path / "found.html")
    assert done.returncode == 0, done.stderr
    assert "understood: grün = green (picture)" in done.stderr
    assert "grün" in (tmp_path / "found.html").read_text()
    both = json_output(command("search", photo, "--text", "grün xyzzy", "--json"))
    assert [words["kind"] for words in both["understood"]] == ["colour", "unknown"]
    refused = command("search", "--text", "xyzzy")
    assert (refused.returncode, "red t-shirt" in refused.stderr) == (1, True)


def test_a_page_in_a_missing_folder_is_an_error_without_traceback(command, photo, tmp_path):
    done = command("search", photo, "--html", tmp_path / "none" / "found.html")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)


def test_an_image_is_downloaded_original_and_scaled_down(command, tmp_path):
    assert command("items", "image", "2", "-o", tmp_path / "2.jpg").returncode == 0
    assert (tmp_path / "2.jpg").read_bytes() == jpeg(2)
    small = command("items", "image", "2", "--size", "16", "-o", tmp_path / "small.jpg")
    assert small.returncode == 0, small.stderr
    assert 0 < (tmp_path / "small.jpg").stat().st_size < len(jpeg(2))


def test_an_item_is_replaced_by_its_new_image_and_attributes(command, photo, tmp_path):
    command("items", "change", "5", "price=1", "old=yes")
    done = command("items", "replace", "5", photo, "-a", "price=2.5", "-a", "brand=Öl")
    assert done.returncode == 0, done.stderr
    item = json_output(command("items", "show", "5", "--json"))
    assert own(item["attributes"]) == {"price": 2.5, "brand": "Öl"}
    command("items", "image", "5", "-o", tmp_path / "5.jpg")
    assert (tmp_path / "5.jpg").read_bytes() == photo.read_bytes()


def test_the_events_of_a_job_end_with_its_final_state(run, shop):
    job = shop.ingest_numbers([8])
    lines = run("jobs", "events", job["id"]).stdout.splitlines()
    assert json.loads(lines[-1])["state"] == "succeeded"


def test_cancelling_a_job_says_that_it_will_stop(run, shop):
    many = [(f"{n}.jpg", jpeg(n % 10)) for n in range(100, 700)]
    job = shop.send(many).json()
    done = run("jobs", "cancel", job["id"])
    assert done.returncode == 0, done.stderr
    assert "cancelled" in done.stdout or "will stop" in done.stdout
    assert shop.wait_for_job(job["id"])["state"] == "cancelled"


def test_names_of_collections_are_completed(stack, shop):
    words = "lookalike similar 1 -c images-by"

    def completions():
        return subprocess.run(
            [sys.executable, "-m", "lookalike"],
            env=os.environ | {"LOOKALIKE_URL": stack.url, "_LOOKALIKE_COMPLETE": "complete_bash",
                              "COMP_WORDS": words, "COMP_CWORD": "4"},
            capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        ).stdout.split()  # fmt: skip

    eventually(lambda: completions() == [shop.name])  # a busy server may exceed the time limit
