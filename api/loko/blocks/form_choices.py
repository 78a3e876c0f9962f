"""What the blocks' forms let choose from. A browser asks, and wants bare lists."""

from fastapi import APIRouter, Request

router = APIRouter(prefix="/names")


@router.get("/collections")
async def collections(request: Request) -> list[str]:
    """Names of all collections."""
    return await _names(request, "/v1/collections")


@router.get("/encoders")
async def encoders(request: Request) -> list[str]:
    """Names of the networks whose weights are there."""
    return await _names(request, "/v1/encoders", weights="present")


async def _names(request: Request, path: str, **only: str) -> list[str]:
    known = request.headers.get("authorization")
    found = await request.app.state.server.ask(known, "GET", path)
    return [one["name"] for one in found["items"] if only.items() <= one.items()]
