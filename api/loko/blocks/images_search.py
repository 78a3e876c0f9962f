"""The block Images Search: by a picture, or by the sku of an item."""

from typing import Any

from fastapi import APIRouter

from api.loko.requests import CallDep, segment
from core.errors import InvalidInput

router = APIRouter(prefix="/images")

APART = "one message per result"


@router.post("/search")
async def search(call: CallDep) -> Any:
    """What looks like the picture that came, or like the item whose sku the message is."""
    path = call.form.collection("collection")
    asked = call.form.given(limit="limit", min_score="min_score", filter="filter")
    if call.file:
        found = await call.ask("POST", f"{path}/search", files={"image": call.part()}, data=asked)
    else:
        similar = f"{path}/items/{segment(_sku(call.value))}/similar"
        found = await call.ask("GET", similar, params=asked)
    return found["matches"] if call.form.text("emit") == APART else found


def _sku(message: Any) -> str:
    sku = message.get("sku") if isinstance(message, dict) else message
    if isinstance(sku, bool) or not isinstance(sku, str | int) or not str(sku).strip():
        raise InvalidInput("Send a picture, or a message that is the sku of an item")
    return str(sku).strip()
