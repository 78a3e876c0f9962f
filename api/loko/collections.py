"""The block Collections: create, list."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from api.loko.asking import ask, refusal
from api.loko.calls import form_of
from core.errors import InvalidInput

router = APIRouter(prefix="/loko/collections", tags=["loko"])


@router.post("/create")
async def create(request: Request) -> JSONResponse:
    """Create the collection that the form names."""
    try:
        form = await form_of(request)
    except InvalidInput as exc:
        return refusal(exc.detail, 400)
    if "collection_name" not in form:
        return refusal("Give the collection a name in the block's form", 400)
    body = {"name": form["collection_name"], "description": form.get("collection_description", "")}
    return await ask(request, "POST", "/v1/collections", body)


@router.post("/list")
async def list_all(request: Request) -> JSONResponse:
    """All collections in one message; nothing of the form or the message is read."""
    return await ask(request, "GET", "/v1/collections")
