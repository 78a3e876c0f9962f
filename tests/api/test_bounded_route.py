"""Requests beyond a number at a time are rejected before their bodies are read."""

import asyncio

import httpx2
import pytest
from fastapi import APIRouter, FastAPI, Form

from api import bounded_route, errors
from api.bounded_route import CLOSED_S, MAX_AT_A_TIME, BoundedRoute
from core.errors import Unavailable


class Slow:
    """An app whose route waits until `finish` is set."""

    def __init__(self):
        self.finish, self.app = asyncio.Event(), FastAPI()
        self.calls, self.error = 0, None
        errors.install(self.app)
        router = APIRouter(route_class=BoundedRoute)
        router.add_api_route("/slow", self.endpoint, methods=["POST"])
        self.app.include_router(router)

    async def endpoint(self, fail: bool = Form(...)) -> str:
        self.calls += 1
        await self.finish.wait()
        if self.error:
            raise self.error
        if fail:
            raise ValueError
        return "done"

    async def post(self, count, *, fail=False):
        """Return the statuses of requests sent at once; the slow ones finish afterwards."""
        transport = httpx2.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://api") as client:
            sent = [client.post("/slow", data={"fail": fail}) for _ in range(count)]
            tasks = [asyncio.create_task(request) for request in sent]
            await asyncio.wait(tasks, timeout=0.3)
            ended = [task.result() for task in tasks if task.done()]
            assert self.finish.is_set() or all(row.headers["retry-after"] for row in ended)
            self.finish.set()
            return [(await task).status_code for task in tasks]


@pytest.fixture(autouse=True)
def short_pause(monkeypatch):
    monkeypatch.setattr(bounded_route, "PAUSE_S", 0.05)


@pytest.mark.parametrize(("fail", "status"), [(False, 200), (True, 500)])
def test_requests_beyond_the_limit_are_rejected_until_others_end(fail, status):
    async def run():
        slow = Slow()
        first = await slow.post(MAX_AT_A_TIME + 3, fail=fail)
        return first, await slow.post(MAX_AT_A_TIME)

    first, second = asyncio.run(run())
    assert first == [status] * MAX_AT_A_TIME + [503] * 3
    assert second == [200] * MAX_AT_A_TIME


def test_after_a_rejection_further_down_requests_are_rejected_for_a_moment():
    async def run():
        slow = Slow()
        slow.finish.set()
        slow.error = Unavailable("the queue is full")
        rejected = await slow.post(1)
        slow.error = None
        closed = await slow.post(1)
        await asyncio.sleep(CLOSED_S)
        return rejected, closed, await slow.post(1), slow.calls

    assert asyncio.run(run()) == ([503], [503], [200], 2)
