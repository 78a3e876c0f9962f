"""Items, their pictures and what looks like them, by the command line; against the whole stack."""

import base64
import json
import os
import re
import subprocess
import sys

import pytest

from tests.support.images import jpeg
from tests.support.shop_client import Shop, answer, eventually

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def shop(stack):
    with Shop(stack.url, "pictures-by-command") as shop:
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


def pictures(page):
    """The pictures of a sheet, as bytes."""
    return [base64.b64decode(one) for one in re.findall(r"data:image/\w+;base64,([^\"]+)", page)]


def test_what_looks_like_a_picture_is_shown_beside_it_with_thumbnails(
    command, photo, shop, tmp_path
):
    done = command("search", photo, "-n", "3", "--html", tmp_path / "found.html")
    page = (tmp_path / "found.html").read_text()
    assert done.returncode == 0, done.stderr
    asked, *found = pictures(page)
    first = shop.http.get(f"{shop.path}/items/3/image", params={"size": 320}).content
    assert asked == photo.read_bytes()
    assert found[0] == first
    assert len(found) == 3
    assert "<h2>3 <small>1.000</small></h2>" in page
    assert "What looks like photo.jpg?" in page


def test_a_page_cannot_be_written_where_there_is_no_folder(command, photo, tmp_path):
    done = command("search", photo, "--html", tmp_path / "none" / "found.html")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)


def test_a_picture_is_fetched_whole_and_small(command, tmp_path):
    assert command("items", "picture", "2", "-o", tmp_path / "2.jpg").returncode == 0
    assert (tmp_path / "2.jpg").read_bytes() == jpeg(2)
    small = command("items", "picture", "2", "--size", "16", "-o", tmp_path / "small.jpg")
    assert small.returncode == 0, small.stderr
    assert 0 < (tmp_path / "small.jpg").stat().st_size < len(jpeg(2))


def test_an_item_is_replaced_by_its_new_picture_and_attributes(command, photo, tmp_path):
    command("items", "change", "5", "price=1", "old=yes")
    done = command("items", "replace", "5", photo, "-a", "price=2.5", "-a", "brand=Öl")
    assert done.returncode == 0, done.stderr
    item = answer(command("items", "show", "5", "--json"))
    assert item["attributes"] == {"price": 2.5, "brand": "Öl"}
    command("items", "picture", "5", "-o", tmp_path / "5.jpg")
    assert (tmp_path / "5.jpg").read_bytes() == photo.read_bytes()


def test_events_of_a_job_are_lines_that_end_with_its_end(run, shop):
    job = shop.ingest_numbers([8])
    lines = run("jobs", "events", job["id"]).stdout.splitlines()
    assert json.loads(lines[-1])["state"] == "succeeded"


def test_a_job_that_is_cancelled_is_said_to_be_asked_to_stop(run, shop):
    many = [(f"{n}.jpg", jpeg(n)) for n in range(100, 300)]
    job = shop.send(many).json()
    done = run("jobs", "cancel", job["id"])
    assert done.returncode == 0, done.stderr
    assert "cancelled" in done.stdout or "asked to stop" in done.stdout
    assert shop.ended(job["id"])["state"] == "cancelled"


def test_names_of_collections_are_completed(stack, shop):
    words = "lookalike similar 1 -c pictures-by"

    def completed():
        return subprocess.run(
            [sys.executable, "-m", "lookalike"],
            env=os.environ | {"LOOKALIKE_URL": stack.url, "_LOOKALIKE_COMPLETE": "complete_bash",
                              "COMP_WORDS": words, "COMP_CWORD": "4"},
            capture_output=True, text=True, timeout=60, check=False,
        ).stdout.split()  # fmt: skip

    eventually(lambda: completed() == [shop.name])  # a busy server is not waited for
