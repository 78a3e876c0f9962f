"""The block Collections: create, list, info, update, delete, add."""

import asyncio
import time
from typing import Any

from fastapi import APIRouter

from api.loko.errors import Refused
from api.loko.folder_zip import zipped
from api.loko.job_polling import Job, Told, outcome
from api.loko.requests import Call, CallDep
from core.errors import InvalidInput

router = APIRouter(prefix="/collections")


@router.post("/create")
async def create(call: CallDep) -> Told:
    """Create the collection that the form names."""
    call.form.needed("collection_name", "Give the collection a name in the block's form")
    body = call.form.given(
        name="collection_name", encoder="encoder", description="collection_description"
    )
    return await _object(call, "POST", "/v1/collections", json=body)


@router.post("/list")
async def list_all(call: CallDep) -> Told:
    """All collections in one message; nothing of the form or the message is read."""
    return await _object(call, "GET", "/v1/collections")


@router.post("/info")
async def info(call: CallDep) -> Told:
    """One collection, with its counts."""
    return await _object(call, "GET", call.form.collection("collection_info"))


@router.post("/update")
async def update(call: CallDep) -> Told:
    """Change the description, or the network: a job."""
    path = call.form.collection("collection_update")
    body = call.form.given(description="new_description", encoder="new_encoder")
    if not body:
        raise InvalidInput("Write a new description or choose another network in the block's form")
    changed = await call.ask("PATCH", path, json=body)
    return await outcome(call, changed) if "kind" in changed else changed


@router.post("/delete")
async def delete(call: CallDep) -> Told:
    """Delete a collection with all that is in it."""
    return await outcome(call, await call.ask("DELETE", call.form.collection("collection_delete")))


@router.post("/add")
async def add(call: CallDep) -> Told:
    """Add a picture, an archive, or a folder of Loko's files."""
    path = f"{call.form.collection('collection_add')}/items"
    job = await _sent(call, path) if call.file else await _sent_folder(call, path)
    return await outcome(call, job, "add")


async def _sent(call: Call, path: str) -> Job:
    job: Job = await call.ask("POST", path, files={"files": call.part()})
    return job


async def _sent_folder(call: Call, path: str) -> Job:
    complaint = "Send a picture or an archive, or choose a folder in the block's form"
    folder = call.form.needed("folder", complaint)
    most = call.settings.loko.wait_s
    try:
        async with asyncio.timeout(call.began + most - time.monotonic()) as clock:
            async with zipped(call.gateway, folder, call.settings.limits) as archive:
                clock.reschedule(None)  # what is read is sent, however long that takes
                files = {"files": ("folder.zip", archive, "application/zip")}
                job: Job = await call.ask("POST", path, files=files)
    except TimeoutError as exc:
        told = f"{folder} cannot be read within {most:g} seconds; send it as a zip"
        raise Refused(told, 504) from exc
    return job


async def _object(call: Call, method: str, path: str, **sent: Any) -> Told:
    found: Told = await call.ask(method, path, **sent)
    return found
