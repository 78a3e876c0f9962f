"""The *Items* block: change or delete the items that match a filter, change attribute types."""

from fastapi import APIRouter

from api.loko.client import Json
from api.loko.job_polling import wait_and_summarize
from api.loko.requests import BlockRequest, BlockRequestDep

router = APIRouter(prefix="/items")


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
