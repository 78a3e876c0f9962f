"""A shop's users: list and erase them."""

import unicodedata
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.dependencies import CollectionDep, Services, ServicesDep
from api.errors import DISK_FULL, problem_responses
from api.schemas.jobs import JobOut
from api.schemas.parameters import CursorQuery, Limit, PrefixQuery, UserPath
from api.schemas.recommendations import PurchaseOut, UserOut, UsersPage
from api.services.job_responses import job_response
from core.domain import hash_email
from core.jobs import EraseUserArgs, Job, JobKind, NewJob
from core.jobs.ledger import new_id
from core.recommendations import UserPurchases
from core.storage import Collection

router = APIRouter(prefix="/v1/collections/{c}/users", tags=["recommender"])


def normalize_user(user: str) -> str:
    """Return the user as the sales have it."""
    return hash_email(unicodedata.normalize("NFC", user).strip())


@router.get("")
def list_users(
    collection: CollectionDep,
    services: ServicesDep,
    prefix: PrefixQuery = "",
    limit: Annotated[Limit, Query(le=200)] = 50,
    cursor: CursorQuery = None,
) -> UsersPage:
    """List users by name, with their recent purchases."""
    rows = services.lists.users(
        collection.name, prefix=hash_email(prefix), after=cursor or "", limit=limit + 1
    )
    return UsersPage(
        items=[_user_out(*row) for row in rows[:limit]],
        next_cursor=rows[limit - 1][0] if len(rows) > limit else None,
    )


def _user_out(user: str, history: UserPurchases) -> UserOut:
    purchases = [
        PurchaseOut.model_validate(purchase, from_attributes=True) for purchase in history.purchases
    ]
    return UserOut(user=user, orders=history.orders, purchases=purchases)


@router.delete(
    "/{user:path}", status_code=202, response_model=JobOut, responses=problem_responses(DISK_FULL)
)
async def erase_user(
    user: UserPath, collection: CollectionDep, request: Request, services: ServicesDep
) -> Response:
    """Erase a user: sales, lists, and everything learned from them."""
    job = await run_in_threadpool(_erase, user, collection, services)
    return await job_response(request, services, job)


def _erase(user: str, collection: Collection, services: Services) -> Job:
    upload_id = new_id()
    with services.uploads.receive(upload_id) as writer:
        writer.write(normalize_user(user).encode())
    args = EraseUserArgs(upload=upload_id).model_dump()
    new = NewJob(kind=JobKind.ERASE_USER, collection=collection.name, args=args)
    return services.dispatcher.submit(new)
