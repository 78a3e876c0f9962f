"""A whole ingest job of images that a manifest names by URL, on a real store and ledger."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from core.domain import EncoderIdentity
from core.downloads import Downloader
from core.jobs import JobKind, NewJob, Outcome
from core.jobs.step_ledger import FIRST, LAST
from core.pipelines.ingest import embed, embed_one_by_one, finish, plan
from core.pipelines.services import StepCancelled, no_heartbeat
from core.settings import MEBIBYTE, DownloadSettings
from tests.support.image_server import image_server
from tests.support.images import jpeg

_numbers = itertools.count(1)


class ConstantEncoder:
    """Gives every image the same vector."""

    side, squash = 8, False

    def __init__(self, identity):
        self.identity, self.dim = identity, identity.dim

    def encode(self, images):
        return np.ones((len(images), self.dim), np.float32)


@pytest.fixture(scope="module")
def running():
    with image_server() as server:
        yield server


@pytest.fixture
def server(running):
    running.answers.clear()
    running.statuses.clear()
    running.requests.clear()
    running.images = {f"/{n}.jpg": jpeg(n) for n in range(4)}
    return running


@pytest.fixture
def shop(services, server):
    """Services for a collection, whose downloads may come from the server."""
    services.collections.create("shop", encoder=EncoderIdentity("a", 2))
    settings = DownloadSettings(private_hosts=(server.host,), max_attempts=2)
    downloader = Downloader(settings, max_bytes=MEBIBYTE, backoff_s=0.001)
    yield replace(services, downloader=downloader, get_encoder=ConstantEncoder)
    downloader.close()


def run(services, manifest=None, step=embed, name="products.csv", **args):
    """Run an ingest job to its end; return the job and its failures."""
    if manifest is not None:
        args["upload"] = f"upload-{next(_numbers)}"
        with services.uploads.receive(args["upload"]) as writer:
            writer.begin("files", name)
            writer.write(manifest.encode())
            writer.end()
    new = NewJob(kind=JobKind.INGEST, collection="shop", args=args)
    job = services.ledger.create(new)
    while claim := services.ledger.claim(job.id):
        job = services.ledger.get(job.id)
        services.ledger.commit(claim, _run_step(services, job, claim.step, step))
    return services.ledger.get(job.id), list(services.ledger.all_failures(job.id))


def _run_step(services, job, number, step) -> Outcome:
    if number == FIRST:
        return plan(job, services, no_heartbeat)
    if number == LAST:
        return finish(job, services)
    return step(job, number, services, no_heartbeat)


def rows(server, *names):
    return "sku,image,price\n" + "".join(
        f"S{n},{server.url(name)},{n}\n" for n, name in enumerate(names)
    )


def stored(services):
    return services.items(services.collections.get("shop"))


@pytest.mark.parametrize("step", [embed, embed_one_by_one])
def test_the_images_become_items_with_their_attributes(shop, server, step):
    job, failures = run(shop, rows(server, "/0.jpg", "/1.jpg"), step)
    assert (job.progress.done, failures) == (2, [])
    item = stored(shop).get("S1")
    assert stored(shop).read_image(item.image()) == server.images["/1.jpg"]
    assert item.own_attributes == {"price": 1}
    assert item.image().origin.url == server.url("/1.jpg")


def test_an_image_that_has_not_changed_is_not_downloaded_again(shop, server):
    manifest = rows(server, "/0.jpg", "/1.jpg")
    run(shop, manifest)
    server.images["/1.jpg"] = jpeg(7)
    server.statuses.clear()
    job, failures = run(shop, manifest)
    assert (job.progress.done, job.progress.skipped, failures) == (1, 1, [])
    assert server.statuses == {304: 1, 200: 1}
    assert stored(shop).read_image(stored(shop).get("S1").image()) == jpeg(7)


def test_new_attributes_are_set_although_the_image_has_not_changed(shop, server):
    run(shop, rows(server, "/0.jpg"))
    job, _ = run(shop, rows(server, "/0.jpg").replace(",0\n", ",9.5\n"))
    assert (job.progress.updated, stored(shop).get("S0").own_attributes) == (1, {"price": 9.5})


def test_a_server_that_renames_an_image_s_version_is_asked_about_the_new_one(shop, server):
    def answer(tag):
        return lambda request: (
            request.send(304)
            if request.headers.get("If-None-Match") == tag
            else request.send(200, jpeg(1), ETag=tag)
        )

    for tag, status in (('"1"', 200), ('"2"', 200), ('"2"', 304)):
        server.answers["/0.jpg"] = answer(tag)
        server.statuses.clear()
        run(shop, rows(server, "/0.jpg"))
        assert list(server.statuses) == [status]


def test_failures_name_row_url_and_reason_and_a_retry_downloads_only_these(shop, server):
    server.images["/page.jpg"] = b"<!doctype html><html>"
    manifest = rows(server, "/0.jpg", "/404.jpg", "/page.jpg")
    manifest += "S9,http://10.0.0.1/a.jpg,1\n"
    first, failures = run(shop, manifest)
    by_sku = {failure.sku: (failure.file, failure.url, failure.code) for failure in failures}
    assert by_sku == {
        "S1": ("products.csv, line 3", server.url("/404.jpg"), "download-failed"),
        "S2": ("products.csv, line 4", server.url("/page.jpg"), "unsupported-media-type"),
        "S9": ("products.csv, line 5", "http://10.0.0.1/a.jpg", "url-refused"),
    }
    assert "web page" in next(f.reason for f in failures if f.sku == "S2")
    server.images["/404.jpg"] = jpeg(5)
    server.requests.clear()
    second, failures = run(shop, upload=first.args["upload"], only_failures_of=first.id)
    assert (second.progress.done, {f.sku for f in failures}) == (1, {"S2", "S9"})
    assert server.requests["/0.jpg"] == 0


def test_a_real_image_with_a_wrong_content_type_is_an_image(shop, server):
    server.answers["/0.jpg"] = lambda request: request.send(
        200, jpeg(0), Content_Type="application/octet-stream"
    )
    assert run(shop, rows(server, "/0.jpg"))[0].progress.done == 1


def test_a_cancelled_job_stops_while_it_waits_for_a_server(shop, server):
    server.answers["/0.jpg"] = lambda request: request.drip(jpeg(0), 0.01)

    def cancel(stage=None):
        raise StepCancelled

    with pytest.raises(StepCancelled):
        run(shop, rows(server, "/0.jpg"), lambda *args: embed(*args[:3], cancel))


def test_a_file_and_a_url_for_the_same_view_are_not_mixed_up(shop, server):
    manifest = f"sku,view,image\nS,main,{server.url('/0.jpg')}\nS,main,{server.url('/1.jpg')}\n"
    job, failures = run(shop, manifest)
    assert job.progress.done == 1
    assert ("already taken" in failures[0].reason, failures[0].url) == (True, server.url("/1.jpg"))
