"""The *Images Search* block: search by image, or by the sku of an item."""

from typing import Any

from fastapi import APIRouter

from api.loko.requests import BlockRequestDep, path_segment
from core.errors import InvalidInput

router = APIRouter(prefix="/images")

ONE_MESSAGE_PER_RESULT = "one message per result"


@router.post("/search")
async def search(request: BlockRequestDep) -> Any:
    """Return items similar to the image that was sent, or to the item whose sku is the message."""
    path = request.form.collection_path("collection")
    query = request.form.renamed(limit="limit", min_score="min_score", filter="filter")
    if request.file:
        files = {"image": request.file_part()}
        answer = await request.call_api("POST", f"{path}/search", files=files, data=query)
    else:
        similar_path = f"{path}/items/{path_segment(_sku_of(request.message))}/similar"
        answer = await request.call_api("GET", similar_path, params=query)
    is_split = request.form.text("emit") == ONE_MESSAGE_PER_RESULT
    return answer["matches"] if is_split else answer


def _sku_of(message: Any) -> str:
    sku = message.get("sku") if isinstance(message, dict) else message
    if isinstance(sku, bool) or not isinstance(sku, str | int) or not str(sku).strip():
        raise InvalidInput("Send an image, or a message with the sku of an item")
    return str(sku).strip()
