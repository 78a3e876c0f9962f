"""Requests beyond a number at a time are rejected at once, before their bodies are read."""

import asyncio

import httpx2
import pytest
from fastapi import APIRouter, FastAPI, Form

from api import errors
from api.bounded_route import MAX_AT_A_TIME, BoundedRoute


class Slow:
    """An app whose route waits until `finish` is set."""

    def __init__(self):
        self.finish, self.app = asyncio.Event(), FastAPI()
        errors.install(self.app)
        router = APIRouter(route_class=BoundedRoute)
        router.add_api_route("/slow", self.endpoint, methods=["POST"])
        self.app.include_router(router)

    async def endpoint(self, fail: bool = Form(...)) -> str:
        await self.finish.wait()
        if fail:
            raise ValueError
        return "done"

    async def post(self, count, *, fail=False):
        """Return the statuses of requests sent at once; the slow ones finish afterwards."""
        transport = httpx2.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://api") as client:
            sent = [client.post("/slow", data={"fail": fail}) for _ in range(count)]
            tasks = [asyncio.create_task(request) for request in sent]
            await asyncio.wait(tasks, timeout=0.5)
            ended = [task.result() for task in tasks if task.done()]
            assert self.finish.is_set() or all(row.headers["retry-after"] for row in ended)
            self.finish.set()
            return [(await task).status_code for task in tasks]


@pytest.mark.parametrize(("fail", "status"), [(False, 200), (True, 500)])
def test_requests_beyond_the_limit_are_rejected_until_others_end(fail, status):
    async def run():
        slow = Slow()
        first = await slow.post(MAX_AT_A_TIME + 3, fail=fail)
        return first, await slow.post(MAX_AT_A_TIME)

    first, second = asyncio.run(run())
    assert first == [status] * MAX_AT_A_TIME + [503] * 3
    assert second == [200] * MAX_AT_A_TIME
