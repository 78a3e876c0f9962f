"""API keys: list, create and revoke them; only for administrators of the whole server."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.dependencies import ServicesDep
from api.errors import DISK_FULL, problem_responses
from api.schemas.keys import KeyIn, KeyOut, KeysPage, NewKeyOut
from api.services.urls import with_prefix
from core.errors import NotFound
from core.storage import Key, Keys, Role, create_key

router = APIRouter(prefix="/v1/keys", tags=["keys"])

_UNKNOWN = NotFound("key '1f2e3d4c' does not exist; `lookalike keys list` lists all keys")
KeyPath = Annotated[str, Path(description="The key's ID.", examples=["1f2e3d4c"])]


@router.get("")
def list_keys(services: ServicesDep) -> KeysPage:
    """List all API keys, with when each was last used, but not their text."""
    keys = Keys(services.files)
    rows = keys.all()
    uses = keys.uses.last([key.id for key in rows])
    return KeysPage(items=[KeyOut(**_fields(key), last_used_at=uses.get(key.id)) for key in rows])


@router.post("", status_code=201, responses=problem_responses(DISK_FULL))
def create(body: KeyIn, services: ServicesDep, request: Request, response: Response) -> NewKeyOut:
    """Create an API key; the response is the only one that contains its text."""
    key, text = create_key(
        services.files, body.name, body.role, tuple(body.collections), tuple(body.origins)
    )
    secret = services.user_tokens.secret_of(key.id) if key.role is Role.SEARCH else None
    response.headers["Location"] = with_prefix(request, f"/v1/keys/{key.id}")
    response.headers["Cache-Control"] = "no-store"
    return NewKeyOut(**_fields(key), key=text, user_secret=secret)


@router.delete(
    "/{key}",
    status_code=204,
    response_description="The key is revoked.",
    responses=problem_responses(_UNKNOWN, DISK_FULL),
)
def revoke(key: KeyPath, services: ServicesDep) -> None:
    """Revoke an API key: it is refused within a second."""
    Keys(services.files).revoke(key)


def _fields(key: Key) -> dict[str, object]:
    return key.model_dump(exclude={"digest"})
