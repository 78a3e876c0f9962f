"""What must hold once all processes are back; read over HTTP, and from the servers themselves."""

import json
import time

import pytest
from redis import Redis

from core.errors import NotFound
from core.vectors.milvus import MilvusVectors
from tests.faults.campaign.clients import InvariantViolation
from tests.support.images import jpeg
from tests.support.shop_client import FINAL_STATES
from tests.support.stack_data import collection_folder, main_views, vector_keys

JOBS_TIMEOUT_S = 120
SEARCH_LIMIT = 200


def wait_for_all_jobs(client):
    """Wait until all jobs of the shop have ended, two minutes at most; return them."""
    deadline = time.monotonic() + JOBS_TIMEOUT_S
    while True:
        jobs = _jobs(client)
        unfinished = [job for job in jobs if job["state"] not in FINAL_STATES]
        if not unfinished:
            return jobs
        if time.monotonic() > deadline:
            raise InvariantViolation(f"jobs do not end: {unfinished}")
        time.sleep(0.3)


def _jobs(client):
    jobs, params = [], {"collection": client.shop.name, "limit": 200}
    while True:
        page = client.request("GET", "/v1/jobs", {200}, params=params).json()
        jobs += page["items"]
        if page["next_cursor"] is None:
            return jobs
        params["cursor"] = page["next_cursor"]


def check_jobs_succeeded(jobs):
    bad = [job for job in jobs if job["state"] != "succeeded"]
    _check(not bad, f"jobs that did not succeed: {bad}")


def check_images(stack, client, skus):
    """Vectors, documents and matches have every image of these skus once, and nothing else."""
    expected = sorted(skus)
    _check_equal("vectors", vector_keys(stack, client.shop), main_views(skus))
    _check_equal("items", sorted(client.shop.skus()), expected)
    matched = set()
    for sku in expected:
        if sku not in matched:
            matches = client.shop.matches(jpeg(int(sku)), limit=SEARCH_LIMIT)
            scores = {match["sku"]: match["score"] for match in matches}
            _check(len(scores) == len(matches), f"an item twice: {matches}")
            _check(scores.get(sku, 0) > 0.999, f"the image of {sku} does not match: {matches[:3]}")
            _check(set(scores) <= set(expected), f"deleted items: {set(scores) - set(expected)}")
            matched |= set(scores)


def check_lists(stack, client, users, skus):
    """Live and previous generation are complete, and live lists offer existing items only."""
    folder = collection_folder(stack, client.shop) / "lists"
    state = client.request("GET", f"{client.shop.path}/recommender", {200}).json()
    live = state["generation"]
    _check(not state["stale"], "the lists are stale although all trainings have ended")
    _check_equal("stored generations", _names(folder), sorted({live, state["previous"]} - {None}))
    for generation in _names(folder):
        rows = [
            json.loads(line)[0]
            for block in sorted((folder / generation).glob("users-*.jsonl"))
            for line in block.read_text().splitlines()
        ]
        _check_equal(f"users of {generation}", sorted(rows), sorted(users))
    _refill_lists(client, users[0])
    redis = Redis.from_url(stack.settings.cache, decode_responses=True)
    key = f"lookalike:lists:{client.shop.name}"
    _check_equal("live generation in the cache", redis.get(f"{key}:live"), live)
    _check_equal("users in the cache", redis.zrange(f"{key}:{live}:users", 0, -1), sorted(users))
    offered = {row["sku"] for user in users for row in _read_list(client, user)["recommendations"]}
    _check(offered <= set(skus), f"lists offer deleted items: {offered - set(skus)}")


def check_generations(client, generations):
    """Every generation that was served belongs to a training."""
    trainings = {job["id"] for job in _jobs(client) if job["kind"] == "train"}
    _check(generations <= trainings, f"lists of no training: {generations - trainings}")


def _read_list(client, user):
    path = f"{client.shop.path}/users/{user}/recommendations"
    return client.request("GET", path, {200}).json()


def _refill_lists(client, user):
    """Read a list, which refills the cache if its lists were lost; wait for the refill to end."""
    _read_list(client, user)
    wait_for_all_jobs(client)


def check_deleted(stack, client, index):
    """A deleted collection has left no file, no list and no vector."""
    path = collection_folder(stack, client.shop)
    _check(not path.exists(), f"files remain in {path}")
    pattern = f"lookalike:lists:{client.shop.name}:*"
    keys = list(Redis.from_url(stack.settings.cache).scan_iter(pattern))
    _check(not keys, f"lists remain: {keys}")
    with pytest.raises(NotFound):
        list(MilvusVectors(stack.settings.milvus).keys(index))


def _names(folder):
    return sorted(path.name for path in folder.iterdir())


def _check_equal(name, actual, expected):
    if actual != expected:
        missing, unexpected = set(expected) - set(actual), set(actual) - set(expected)
        raise InvariantViolation(
            f"{name}: {len(actual)}, not {len(expected)}; missing {sorted(missing)}"
            f", too many {sorted(unexpected)}"
        )


def _check(condition, message):
    if not condition:
        raise InvariantViolation(message)
