"""The choices in the blocks' forms, which a browser fetches as plain lists."""

from fastapi import APIRouter, Request

router = APIRouter(prefix="/names")


@router.get("/collections")
async def collections(request: Request) -> list[str]:
    """Return the names of all collections."""
    return await _names(request, "/v1/collections")


@router.get("/encoders")
async def encoders(request: Request) -> list[str]:
    """Return the names of the encoders whose weights are installed."""
    return await _names(request, "/v1/encoders", weights="present")


async def _names(request: Request, path: str, **condition: str) -> list[str]:
    authorization = request.headers.get("authorization")
    page = await request.app.state.client.request(authorization, "GET", path)
    return [item["name"] for item in page["items"] if condition.items() <= item.items()]
