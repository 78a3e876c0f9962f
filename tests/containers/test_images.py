"""Both images, built as an operator builds them, and the main job driven through them."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.containers.conftest import QUEUES, USER, Image, Running
from tests.support.images import jpeg
from tests.support.sales import as_csv, order_lines, user
from tests.support.shop_client import eventually

pytestmark = [pytest.mark.images, pytest.mark.stack, pytest.mark.timeout(1800)]

MODEL_LIBRARIES = (
    "implicit", "numpy", "openvino", "pandas", "pyarrow", "pymilvus", "scipy", "surprise",
    "tensorflow",
)  # fmt: skip
SERVICES = ("s3", "signin", "sso", "sso-oidc", "sts")
"""Of AWS: S3, and what botocore asks for its keys."""


def unpacked_mb(image: Image) -> int:
    told = subprocess.run(["du", "-sm", image.tree], check=True, capture_output=True, text=True)
    return int(told.stdout.split()[0])


def test_the_front_ends_image_is_small(api_image: Image, worker_image: Image) -> None:
    sizes = {image.name: unpacked_mb(image) for image in (api_image, worker_image)}
    sys.stdout.write(f"\nunpacked, with their base, in MB: {sizes}\n")
    assert sizes[api_image.name] < 350


@pytest.mark.parametrize("library", MODEL_LIBRARIES)
def test_the_front_ends_image_holds_no_library_of_models(
    api_image: Image, worker_image: Image, library: str
) -> None:
    for image, there in ((api_image, False), (worker_image, True)):
        (packages,) = image.tree.glob("opt/lookalike/lib/python3*/site-packages")
        assert (packages / library).exists() == there


@pytest.mark.parametrize("image", ["api_image", "worker_image"])
def test_what_runs_in_an_image_is_no_root(
    request: pytest.FixtureRequest, image: str, data: Path
) -> None:
    chosen: Image = request.getfixturevalue(image)
    command = ("python", "-c", "import os; print(os.getuid())")
    assert int(chosen.buildah.run(chosen.container, *command, data=data)) == USER


@pytest.mark.parametrize("image", ["api_image", "worker_image"])
def test_an_image_knows_all_that_gives_keys_of_s3(
    request: pytest.FixtureRequest, image: str, data: Path
) -> None:
    chosen: Image = request.getfixturevalue(image)
    code = f"""if True:
        from botocore.session import Session
        session = Session()
        session.set_credentials("a key", "a secret")
        for name in {SERVICES}:
            session.create_client(name, "eu-south-1")
        print(*sorted(session.get_available_services()))"""
    told = chosen.buildah.run(chosen.container, "python", "-c", code, data=data)
    assert told.split() == list(SERVICES)


def test_the_front_end_refuses_to_start_without_keys(api_image: Image, data: Path) -> None:
    command = api_image.buildah.command(api_image.container, "python", "-m", "api", data=data)
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "LOOKALIKE_HOST=0.0.0.0: without API keys" in ended.stderr


def test_the_images_ingest_search_and_recommend(
    running: Running, api_image: Image, worker_image: Image, tmp_path: Path
) -> None:
    begun = time.time()
    deadline = time.monotonic() + 180
    while not ready(running) and time.monotonic() < deadline:
        time.sleep(1)
    assert set(running.client.parts().values()) == {"ok"}
    running.client.create_collection("shop")
    for number in range(40):
        (tmp_path / f"{number}.jpg").write_bytes(jpeg(number))
    job = running.client.import_folder(tmp_path, "shop").wait()
    assert (job.state, job.progress.done) == ("succeeded", 40), job.problem
    best = running.client.search(tmp_path / "7.jpg", "shop", limit=1).matches[0]
    assert (best.sku, round(best.score, 3)) == ("7", 1.0)
    (tmp_path / "sales.csv").write_bytes(as_csv(order_lines()))
    recommender = running.client.recommender("shop")
    sales = recommender.add_sales(tmp_path / "sales.csv").wait()
    assert running.client.job(sales.result["training"]).wait().state == "succeeded"
    assert recommender.recommend(user(0)).personal
    assert (running.data / "store").exists() == ("LOOKALIKE_STORE_URL" not in running.environment)
    services = {"lookalike-api"} | {f"lookalike-{queue}" for queue in QUEUES}
    eventually(lambda: {span.service for span in running.receiver.spans} >= services)
    for image, module in ((api_image, "api.healthcheck"), (worker_image, "workers.healthcheck")):
        command = ("python", "-m", module)
        image.buildah.run(image.container, *command, data=running.data, **running.environment)
        assert written_since(image.tree, begun) == []  # so its root may be read-only


def ready(running: Running) -> bool:
    try:
        return running.client.ready()
    except Exception:  # noqa: BLE001 - it is still starting
        return False


def written_since(tree: Path, when: float) -> list[str]:
    """Files that were written, but for those in /tmp and what buildah mounts."""
    outside = {"data", "tmp", "run", "proc", "sys", "dev"}
    places = [place for place in tree.iterdir() if place.name not in outside]
    command = ["find", *places, "-xdev", "-type", "f", "-newermt", f"@{when}"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return told.splitlines()
