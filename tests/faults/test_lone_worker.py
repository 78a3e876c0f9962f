"""The only worker-embed dies of an image, or is stopped: no accepted job is lost."""

import os
import subprocess
import sys
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from embedded.environment import environment
from embedded.stack import Stack
from tests.support.archives import make_zip
from tests.support.faults.poisoned_worker import BUG, ENDLESS, SEGFAULT
from tests.support.images import jpeg
from tests.support.shop_client import Shop, eventually, zip_of_images
from tests.support.stack_data import main_views, staged_uploads, vector_keys
from tests.support.stack_settings import JOBS, make_settings

pytestmark = pytest.mark.stack

IMPATIENT = JOBS.model_copy(
    # a step of healthy images ends in time beside other tests, too
    update={"max_attempts": 1, "lease_s": 2, "step_timeout_s": 8, "max_open": 2}
)
POISON = {"20": SEGFAULT, "40": ENDLESS, "70": BUG}  # each in a chunk of its own
IMAGES = 80


@pytest.fixture(scope="module")
def lone_stack(tmp_path_factory):
    """A stack that gives up soon, whose only worker-embed has been stopped."""
    update = {"jobs": IMPATIENT}
    settings = make_settings(tmp_path_factory.mktemp("lone")).model_copy(update=update)
    with Stack(settings) as stack:
        stack.stop("worker-embed")
        yield stack


@contextmanager
def poisoned_worker(settings):
    """Run a worker that is restarted whenever it dies; yields its exit codes."""
    app = "tests.support.faults.poisoned_worker"
    command = [sys.executable, "-m", "celery", "-A", app, "worker"]
    command += ["-Q", "embed", "-P", "threads", "-c", "1", "--without-gossip", "--without-mingle"]
    deaths, stop, running = [], Event(), []

    def supervise():
        while not stop.is_set():
            env = os.environ | environment(settings)
            running[:] = [subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL)]
            code = running[0].wait()
            if not stop.is_set():
                deaths.append(code)

    thread = Thread(target=supervise)
    thread.start()
    try:
        yield deaths
    finally:
        stop.set()
        for process in running:
            process.kill()
        thread.join()


def test_an_image_that_kills_its_worker_is_quarantined_alone(lone_stack):
    images = {f"{n}.jpg": jpeg(n, side=POISON.get(str(n), 200)) for n in range(IMAGES)}
    good = sorted({str(n) for n in range(IMAGES)} - set(POISON))
    with Shop(lone_stack.url, "poisoned") as shop, poisoned_worker(lone_stack.settings) as deaths:
        shop.create()
        job = shop.ingest([("images.zip", make_zip(images))], within=250)
        failures = {failure["sku"]: failure["code"] for failure in shop.failures(job).values()}
        assert failures == {"20": "worker-lost", "40": "worker-lost", "70": "internal"}
        assert job["state"] == "partial"
        assert vector_keys(lone_stack, shop) == main_views(good)
        assert sorted(shop.skus()) == good
        # two images kill workers: once with their chunk, and twice alone; the bug kills none
        assert 5 <= len(deaths) <= 6
        # the update of similar items would be an open job in the next test
        eventually(shop.have_all_jobs_ended)


def test_a_full_queue_refuses_uploads_before_storing_them_and_accepts_them_later_once(lone_stack):
    with Shop(lone_stack.url, "full") as shop:
        shop.create()

        def send(number):
            files = [("a.zip", zip_of_images([number]))]
            return shop.send(files, **{"Idempotency-Key": f"key-{number}"})

        accepted = [send(number).json()["id"] for number in (0, 1)]
        before = staged_uploads(lone_stack)
        refused = send(2)
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert int(refused.headers["Retry-After"]) > 0
        assert staged_uploads(lone_stack) == before
        assert send(0).json()["id"] == accepted[0]  # a repetition adds no job
        lone_stack.start("worker-embed")
        for job in accepted:
            shop.wait_for_job(job)
        eventually(lambda: send(2).status_code == 202)  # what follows the imports is queued, too
        first, again = (send(2).json()["id"] for _ in range(2))
        assert first == again
        assert shop.wait_for_job(first)["state"] == "succeeded"
        assert sorted(shop.skus()) == ["0", "1", "2"]
