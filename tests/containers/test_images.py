"""Both images, built as an operator builds them, and the main flow in their containers."""

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

ML_LIBRARIES = (
    "implicit", "numpy", "openvino", "pandas", "pyarrow", "pymilvus", "scipy", "surprise",
    "tensorflow",
)  # fmt: skip


def unpacked_mb(image: Image) -> int:
    done = subprocess.run(["du", "-sm", image.tree], check=True, capture_output=True, text=True)
    return int(done.stdout.split()[0])


def test_the_api_image_is_small(api_image: Image, worker_image: Image) -> None:
    sizes = {image.name: unpacked_mb(image) for image in (api_image, worker_image)}
    sys.stdout.write(f"\nunpacked size with base image, in MB: {sizes}\n")
    assert sizes[api_image.name] < 370


@pytest.mark.parametrize("library", ML_LIBRARIES)
def test_the_api_image_has_no_machine_learning_libraries(
    api_image: Image, worker_image: Image, library: str
) -> None:
    for image, expected in ((api_image, False), (worker_image, True)):
        (packages,) = image.tree.glob("opt/lookalike/lib/python3*/site-packages")
        assert (packages / library).exists() == expected


@pytest.mark.parametrize("image", ["api_image", "worker_image"])
def test_images_do_not_run_as_root(request: pytest.FixtureRequest, image: str, data: Path) -> None:
    selected: Image = request.getfixturevalue(image)
    command = ("python", "-c", "import os; print(os.getuid())")
    assert int(selected.buildah.run(selected.container, *command, data=data)) == USER


def test_the_api_refuses_to_start_without_keys(api_image: Image, data: Path) -> None:
    command = api_image.buildah.command(api_image.container, "python", "-m", "api", data=data)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "LOOKALIKE_HOST=0.0.0.0: without API keys" in done.stderr


def test_the_images_ingest_search_and_recommend(
    running: Running, api_image: Image, worker_image: Image, tmp_path: Path
) -> None:
    start = time.time()
    deadline = time.monotonic() + 180
    while not ready(running) and time.monotonic() < deadline:
        time.sleep(1)
    assert set(running.client.parts().values()) == {"ok"}
    running.client.create_collection("shop")
    for number in range(40):
        (tmp_path / f"{number}.jpg").write_bytes(jpeg(number))
    job = running.client.import_folder(tmp_path, "shop").wait()
    assert (job.state, job.progress.done) == ("succeeded", 40), job.problem
    best = running.client.search("shop", tmp_path / "7.jpg", limit=1).matches[0]
    assert (best.sku, round(best.score, 3)) == ("7", 1.0)
    (tmp_path / "sales.csv").write_bytes(as_csv(order_lines()))
    recommender = running.client.recommender("shop")
    sales = recommender.add_sales(tmp_path / "sales.csv").wait()
    training = running.client.job(sales.result["training"]).wait()
    assert training.state == "succeeded", training.problem
    assert recommender.recommend(user(0)).personal
    assert (running.data / "store").exists() == ("LOOKALIKE_STORE_URL" not in running.environment)
    services = {"lookalike-api"} | {f"lookalike-{queue}" for queue in QUEUES}
    eventually(lambda: {span.service for span in running.receiver.spans} >= services)
    for image, module in ((api_image, "api.healthcheck"), (worker_image, "workers.healthcheck")):
        command = ("python", "-m", module)
        image.buildah.run(image.container, *command, data=running.data, **running.environment)
        assert written_since(image.tree, start) == []  # so its root can be read-only


def ready(running: Running) -> bool:
    try:
        return running.client.ready()
    except Exception:  # noqa: BLE001 - it is still starting
        return False


def written_since(tree: Path, when: float) -> list[str]:
    """Return files that were written, except in /tmp and in mounts of buildah."""
    excluded = {"data", "tmp", "run", "proc", "sys", "dev"}
    folders = [folder for folder in tree.iterdir() if folder.name not in excluded]
    command = ["find", *folders, "-xdev", "-type", "f", "-newermt", f"@{when}"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return output.splitlines()
