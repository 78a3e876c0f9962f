"""The *Collections* block: create, list, info, update, delete, add."""

import asyncio
import time

from fastapi import APIRouter

from api.loko.client import Json
from api.loko.errors import RequestFailed
from api.loko.job_polling import wait_and_summarize
from api.loko.requests import BlockRequest, BlockRequestDep
from api.loko.zip_folder import zip_folder
from core.errors import InvalidInput

router = APIRouter(prefix="/collections")


@router.post("/create")
async def create(request: BlockRequestDep) -> Json:
    """Create the collection named in the form."""
    request.form.require("collection_name", "Give the collection a name in the block's form")
    body = request.form.renamed(
        name="collection_name", encoder="encoder", description="collection_description"
    )
    return await request.call_api("POST", "/v1/collections", json=body)


@router.post("/list")
async def list_all(request: BlockRequestDep) -> Json:
    """Return all collections in one message, regardless of the input message."""
    return await request.call_api("GET", "/v1/collections")


@router.post("/info")
async def info(request: BlockRequestDep) -> Json:
    """Return one collection with its counts."""
    return await request.call_api("GET", request.form.collection_path("collection_info"))


@router.post("/update")
async def update(request: BlockRequestDep) -> Json:
    """Change the description or the encoder; a new encoder requires a job."""
    path = request.form.collection_path("collection_update")
    body = request.form.renamed(description="new_description", encoder="new_encoder")
    if not body:
        raise InvalidInput("Enter a new description or choose another encoder in the block's form")
    answer = await request.call_api("PATCH", path, json=body)
    return await wait_and_summarize(request, answer) if "kind" in answer else answer


@router.post("/delete")
async def delete(request: BlockRequestDep) -> Json:
    """Delete a collection with everything in it."""
    path = request.form.collection_path("collection_delete")
    return await wait_and_summarize(request, await request.call_api("DELETE", path))


@router.post("/add")
async def add(request: BlockRequestDep) -> Json:
    """Import an image, an archive, or a folder from Loko's file storage."""
    path = f"{request.form.collection_path('collection_add')}/items"
    upload = _upload_file if request.file else _upload_folder
    return await wait_and_summarize(request, await upload(request, path), "add")


async def _upload_file(request: BlockRequest, path: str) -> Json:
    return await request.call_api("POST", path, files={"files": request.file})


async def _upload_folder(request: BlockRequest, path: str) -> Json:
    hint = "Send an image or an archive, or choose a folder in the block's form"
    folder = request.form.require("folder", hint)
    limit_s = request.settings.loko.wait_s
    try:
        async with asyncio.timeout(request.started_at + limit_s - time.monotonic()) as clock:
            async with zip_folder(request.gateway, folder, request.settings.limits) as archive:
                clock.reschedule(None)  # the limit is for reading the folder, not for the upload
                files = {"files": ("folder.zip", archive, "application/zip")}
                return await request.call_api("POST", path, files=files)
    except TimeoutError as exc:
        detail = f"reading {folder} took more than {limit_s:g} seconds; send the folder as a zip"
        raise RequestFailed(detail, 504) from exc
