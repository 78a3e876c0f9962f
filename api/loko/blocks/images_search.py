"""The *Images Search* block: search by image or by the SKU of an item."""

from typing import Any

from fastapi import APIRouter

from api.loko.item_choice import choice_query, group_query
from api.loko.requests import BlockRequestDep, path_segment, require_text
from core.errors import InvalidInput

router = APIRouter(prefix="/images")

ONE_MESSAGE_PER_RESULT = "one message per result"


@router.post("/search")
async def search(request: BlockRequestDep) -> Any:
    """Return the items similar to the image in the request, or to the item with the given SKU.

    With a text, return the items that fit it, and the image if there is one.
    """
    path = request.form.collection_path("collection")
    query = request.form.renamed(limit="limit", min_score="min_score", colour="colour")
    text = request.form.text("text")
    if request.file or text:
        if request.form.names("exclude"):
            raise InvalidInput(
                "A search by image or text excludes no SKUs; clear the field, or send a SKU"
            )
        query |= group_query(request.form) | ({"text": text} if text else {})
        files = {"image": request.file} if request.file else None
        answer = await request.call_api("POST", f"{path}/search", files=files, data=query)
    else:
        hint = "Send an image, or a message with the SKU of an item"
        sku = path_segment(require_text(request.message, "sku", hint=hint))
        query |= choice_query(request.form)
        answer = await request.call_api("GET", f"{path}/items/{sku}/similar", params=query)
    is_split = request.form.text("emit") == ONE_MESSAGE_PER_RESULT
    return answer["matches"] if is_split else answer
