"""What must hold when the parts are back: read over HTTP, and from the parts themselves."""

import json
import time

import pytest
from redis import Redis

from core.errors import NotFound
from core.vectors.milvus import MilvusVectors
from tests.faults.clients import Broken
from tests.support.images import jpeg
from tests.support.shop_client import FINAL

IN_TIME_S = 120
AT_ONCE = 200


def all_jobs_end(client):
    """The jobs of the shop, when every one is in a final state; two minutes are allowed."""
    until = time.monotonic() + IN_TIME_S
    while True:
        jobs = _jobs(client)
        left = [job for job in jobs if job["state"] not in FINAL]
        if not left:
            return jobs
        if time.monotonic() > until:
            raise Broken(f"jobs do not end: {left}")
        time.sleep(0.3)


def _jobs(client):
    found, params = [], {"collection": client.shop.name, "limit": 200}
    while True:
        page = client.ask("GET", "/v1/jobs", {200}, params=params).json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        params["cursor"] = page["next_cursor"]


def jobs_succeeded(jobs):
    bad = [job for job in jobs if job["state"] != "succeeded"]
    _hold(not bad, f"jobs that did not succeed: {bad}")


def pictures_are_there_once(stack, client, skus):
    """Vectors, documents and answers of searches: every picture once, and nothing else."""
    expected = sorted(skus)
    vectors = sorted(MilvusVectors(stack.settings.milvus).keys(space_of(stack, client)))
    _same("vectors", vectors, [(sku, "main") for sku in expected])
    _same("items", sorted(client.shop.skus()), expected)
    seen = set()
    for sku in expected:
        if sku not in seen:
            found = client.shop.found(jpeg(int(sku)), limit=AT_ONCE)
            scores = {match["sku"]: match["score"] for match in found}
            _hold(len(scores) == len(found), f"an item twice: {found}")
            _hold(scores.get(sku, 0) > 0.999, f"{sku} is not found by its picture: {found[:3]}")
            _hold(set(scores) <= set(expected), f"deleted items: {set(scores) - set(expected)}")
            seen |= set(scores)


def lists_are_whole(stack, client, users, skus, seen):
    """One generation is served, of all customers and of items that are there; none is half."""
    folder = _folder(stack, client) / "lists"
    state = client.ask("GET", f"{client.shop.path}/recommender", {200}).json()
    live = state["generation"]
    _hold(not state["stale"], "the lists are stale although all trainings have ended")
    _same("generations kept", _names(folder), sorted({live, state["previous"]} - {None}))
    for generation in _names(folder):
        rows = [
            json.loads(line)[0]
            for block in sorted((folder / generation).glob("users-*.jsonl"))
            for line in block.read_text().splitlines()
        ]
        _same(f"customers of {generation}", sorted(rows), sorted(users))
    _await_lists(client, users[0])
    redis = Redis.from_url(stack.settings.cache, decode_responses=True)
    key = f"lookalike:lists:{client.shop.name}"
    _same("live in the cache", redis.get(f"{key}:live"), live)
    _same("customers in the cache", redis.zrange(f"{key}:{live}:users", 0, -1), sorted(users))
    offered = {
        row["sku"]
        for name in users
        for row in client.ask(
            "GET", f"{client.shop.path}/users/{name}/recommendations", {200}
        ).json()["recommendations"]
    }
    _hold(offered <= set(skus), f"lists offer what is deleted: {offered - set(skus)}")
    trainings = {job["id"] for job in _jobs(client) if job["kind"] == "train"}
    _hold(seen <= trainings, f"lists of no training: {seen - trainings}")


def _await_lists(client, name):
    """Lists that died with the cache are filled in again when somebody asks."""
    client.ask("GET", f"{client.shop.path}/users/{name}/recommendations", {200})
    all_jobs_end(client)


def nothing_is_left(stack, client, space):
    """A deleted collection: no file, no vector, no list."""
    path = stack.data / "store" / "collections" / client.shop.name
    _hold(not path.exists(), f"files are left in {path}")
    lists = f"lookalike:lists:{client.shop.name}:*"
    left = list(Redis.from_url(stack.settings.cache).scan_iter(lists))
    _hold(not left, f"lists are left: {left}")
    with pytest.raises(NotFound):
        MilvusVectors(stack.settings.milvus).count(space)


def space_of(stack, client):
    return json.loads((_folder(stack, client) / "collection.json").read_text())["space"]


def _folder(stack, client):
    return stack.data / "store" / "collections" / client.shop.name


def _names(folder):
    return sorted(path.name for path in folder.iterdir())


def _same(what, found, expected):
    if found != expected:
        found_set, expected_set = set(found), set(expected)
        raise Broken(
            f"{what}: {len(found)}, not {len(expected)}; missing {sorted(expected_set - found_set)}"
            f", too many {sorted(found_set - expected_set)}"
        )


def _hold(right, told):
    if not right:
        raise Broken(told)
