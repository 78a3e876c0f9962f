"""The *Items* block: change or delete items, set their availability, change attribute types."""

from typing import Any

from fastapi import APIRouter

from api.loko.client import Json
from api.loko.job_polling import wait_and_summarize
from api.loko.requests import BlockRequest, BlockRequestDep, require_text
from core.errors import InvalidInput

router = APIRouter(prefix="/items")

AS_IN_MESSAGE = "as in the message"
_STATES_HINT = (
    "Send a CSV file or rows with `sku` and `availability`, or SKUs and choose an availability in "
    "the block's form"
)


@router.post("/change_items")
async def change_items(request: BlockRequestDep) -> Json:
    """Set attributes of all items that match the filter in the form, or only count the items."""
    path = f"{request.form.collection_path('collection_change')}/items"
    query = _filter_query(request, "change")
    hint = 'Enter the attributes in the block\'s form as JSON, such as {"sale": true}'
    body = {"attributes": request.form.json_object("attributes", hint)}
    job = await request.call_api("PATCH", path, params=query, json=body)
    return await wait_and_summarize(request, job)


@router.post("/delete_items")
async def delete_items(request: BlockRequestDep) -> Json:
    """Delete all items that match the filter in the form, or only count the items."""
    path = f"{request.form.collection_path('collection_delete')}/items"
    query = _filter_query(request, "delete")
    return await wait_and_summarize(request, await request.call_api("DELETE", path, params=query))


@router.post("/set_availability")
async def set_availability(request: BlockRequestDep) -> Json:
    """Set items to `in_stock`, `out_of_stock` or `hidden`; return how many changed."""
    path = f"{request.form.collection_path('collection_availability')}/availability"
    if request.file:
        content, headers = request.file[1].read(), {"Content-Type": "text/csv"}
        return await request.call_api("POST", path, content=content, headers=headers)
    states = _states_in(request.message, request.form.text("availability"))
    return await request.call_api("POST", path, json=states)


def _states_in(message: Any, state: str) -> Any:
    """Return what a message says; if the form has a state, the message only names items."""
    rows = message if isinstance(message, list) else [message]
    if state and state != AS_IN_MESSAGE:
        return {require_text(row, "sku", hint=_STATES_HINT): state for row in rows}
    if not all(isinstance(row, dict) and row for row in rows):
        raise InvalidInput(_STATES_HINT)
    if not isinstance(message, list) and "sku" not in message:
        return message
    return [{name: row.get(name) for name in ("sku", "availability")} for row in rows]


@router.post("/change_types")
async def change_types(request: BlockRequestDep) -> Json:
    """Change the types of attributes; a job reads all values again."""
    path = f"{request.form.collection_path('collection_types')}/attributes"
    hint = 'Enter the types in the block\'s form as JSON, such as {"size": "text"}'
    body = {"types": request.form.json_object("types", hint)}
    return await wait_and_summarize(request, await request.call_api("PATCH", path, json=body))


def _filter_query(request: BlockRequest, prefix: str) -> dict[str, str]:
    hint = 'Enter a filter in the block\'s form as JSON, such as {"season": "summer"}'
    dry_run = request.form.is_on(f"{prefix}_dry_run", default=False)
    filter = request.form.require(f"{prefix}_filter", hint)
    return {"filter": filter, "dry_run": str(dry_run).lower()}
