"""Resumable uploads: send a large file in several requests, by the protocol tus 1.0.0."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from api.dependencies import ServicesDep
from api.errors import DISK_FULL, compressed_body, problem_responses
from api.middleware.current_key import current_key_id
from api.schemas.parameters import UPLOAD_ID, ResumablePath
from api.schemas.uploads import UploadOut, UploadsPage
from api.services.file_names import base_name
from api.services.resumable_upload import (
    create_upload,
    delete_upload,
    find_upload,
    list_uploads,
)
from api.services.tus_headers import (
    MEDIA_TYPE,
    VERSION,
    parse_count,
    parse_metadata,
    state_headers,
)
from api.services.upload_parts import append_body
from api.services.urls import with_prefix
from core.errors import Conflict, NotFound, TooLarge, UnsupportedMediaType
from core.storage import ResumableUpload, UploadState

router = APIRouter(prefix="/v1/uploads", tags=["uploads"])

_UNKNOWN = NotFound(f"there is no upload {UPLOAD_ID!r} of this API key; start again")
_PROBLEMS = problem_responses(_UNKNOWN)
_CREATE_PROBLEMS = problem_responses(
    DISK_FULL,
    TooLarge("the file is 5,368,709,120 bytes long; the limit is 4096 MiB"),
    Conflict("this key has 20 uploads that are not used yet; use or delete some of them"),
)
_APPEND_PROBLEMS = problem_responses(
    _UNKNOWN,
    DISK_FULL,
    UnsupportedMediaType(f"send {MEDIA_TYPE}; received no Content-Type"),
    Conflict("16,777,216 bytes are stored; send the file from there on", offset=16_777_216),
)
_BODY = {
    "requestBody": {
        "required": True,
        "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}
_HEADERS = {
    "Tus-Resumable": {"schema": {"type": "string"}, "example": VERSION},
    "Upload-Offset": {"schema": {"type": "integer"}, "example": 16_777_216},
}
LengthHeader = Annotated[
    str, Header(description="Bytes of the whole file.", examples=["2147483648"])
]
OffsetHeader = Annotated[
    str,
    Header(description="Where the body starts: the bytes that are stored.", examples=["8388608"]),
]
MetadataHeader = Annotated[
    str,
    Header(
        description="Pairs of a name and a text in Base64, separated by commas: `filename`, and "
        "`fingerprint`, any text by which the client recognises the file.",
        examples=["filename aW1hZ2VzLnppcA=="],
    ),
]
FingerprintQuery = Annotated[
    str | None,
    Query(
        description="Only uploads with this fingerprint.",
        examples=["images.zip 2147483648 1790000000"],
    ),
]


@router.get("")
def list_all(services: ServicesDep, fingerprint: FingerprintQuery = None) -> UploadsPage:
    """List the resumable uploads of the API key that no request has used yet."""
    states = list_uploads(services)
    return UploadsPage(
        items=[_out(state) for state in states if fingerprint in {None, state.upload.fingerprint}]
    )


@router.post("", status_code=201, response_model=UploadOut, responses=_CREATE_PROBLEMS)
def create(
    request: Request,
    services: ServicesDep,
    upload_length: LengthHeader = "",
    upload_metadata: MetadataHeader = "",
) -> Response:
    """Announce a file that is sent in several requests. `PATCH` its `Location`, then name its id
    as `upload` in `POST .../items` or `POST .../sales`.

    This is the core of the protocol tus 1.0.0 (https://tus.io) with its extensions creation,
    expiration and termination.
    """
    metadata = parse_metadata(upload_metadata)
    upload = ResumableUpload(
        filename=base_name(metadata.get("filename", "")),
        size=parse_count("Upload-Length", upload_length),
        fingerprint=metadata.get("fingerprint", ""),
        key=current_key_id(),
    )
    state = create_upload(upload, services)
    location = with_prefix(request, f"/v1/uploads/{state.id}")
    headers = state_headers(state) | {"Location": location}
    return JSONResponse(_out(state).model_dump(mode="json"), 201, headers)


@router.get("/{upload}", responses=_PROBLEMS)
def get(upload: ResumablePath, response: Response, services: ServicesDep) -> UploadOut:
    """Get how much of an upload is stored; `HEAD` gets it as the header `Upload-Offset`."""
    state = find_upload(upload, services)
    response.headers.update(state_headers(state))
    return _out(state)


@router.patch(
    "/{upload}",
    status_code=204,
    response_description="The bytes are stored; the header `Upload-Offset` says how many.",
    responses={204: {"headers": _HEADERS}, **_APPEND_PROBLEMS},
    openapi_extra=_BODY,
)
async def append(
    upload: ResumablePath, request: Request, services: ServicesDep, upload_offset: OffsetHeader = ""
) -> Response:
    """Send the next bytes of a file: all that are left, or some of them.

    The bytes are on disk once the response arrives. If the connection breaks, get the offset and
    go on from there.
    """
    _check_media_type(request)
    state = await run_in_threadpool(find_upload, upload, services)
    if parse_count("Upload-Offset", upload_offset) != state.offset:
        raise Conflict(
            f"{state.offset:,} bytes are stored; send the file from there on", offset=state.offset
        )
    offset = await append_body(request, state, services)
    return Response(None, 204, state_headers(state) | {"Upload-Offset": str(offset)})


@router.delete(
    "/{upload}",
    status_code=204,
    response_description="The upload is deleted.",
    responses=problem_responses(
        _UNKNOWN, Conflict(f"job {UPLOAD_ID} uses this upload; cancel the job instead")
    ),
)
def delete(upload: ResumablePath, services: ServicesDep) -> None:
    """Delete an upload that is not needed."""
    delete_upload(upload, services)


def _check_media_type(request: Request) -> None:
    if error := compressed_body(request):
        raise error
    sent = request.headers.get("content-type", "")
    if sent.partition(";")[0].strip().lower() != MEDIA_TYPE:
        received = f"Content-Type {sent[:80]!r}" if sent else "no Content-Type"
        raise UnsupportedMediaType(f"send {MEDIA_TYPE}; received {received}")


def _out(state: UploadState) -> UploadOut:
    fields = state.upload.model_dump(include={"filename", "size", "fingerprint"})
    return UploadOut(id=state.id, offset=state.offset, expires_at=state.expires_at, **fields)
