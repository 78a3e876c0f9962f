"""A request of `/v1` within this process, answered as a flow can take it.

The caller's key goes along, so that a block may do no more than the caller may by `/v1`.
"""

from typing import Any

import httpx2
from fastapi import Request
from fastapi.responses import JSONResponse


async def ask(request: Request, method: str, path: str, body: object = None) -> JSONResponse:
    """The answer of `/v1`: an object with 200, or an error whose body is a sentence."""
    # its bugs come as answers too, not as exceptions
    inside = httpx2.ASGITransport(app=request.app, raise_app_exceptions=False)
    known = request.headers.get("authorization")
    headers = {"Authorization": known} if known else {}
    async with httpx2.AsyncClient(transport=inside, base_url="http://api") as http:
        answer = await http.request(method, path, json=body, headers=headers)
    told: Any = answer.json()
    if answer.is_success:
        return JSONResponse(told)  # 201 and 202 would be errors of the flow
    return refusal(str(told["detail"]), answer.status_code)


def refusal(detail: str, status: int) -> JSONResponse:
    """An error that the flow shows: a JSON string on one line, without double quotes."""
    return JSONResponse(" ".join(detail.replace('"', "'").split()), status)
