"""A shop's users: list and erase them, and list their orders."""

import unicodedata
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.dependencies import CollectionDep, ServicesDep
from api.errors import DISK_FULL, problem_responses
from api.schemas.jobs import JobOut
from api.schemas.parameters import CursorQuery, Limit, PrefixQuery, UserPath
from api.schemas.recommendations import OrdersPage, UserOut, UsersPage
from api.services.cursors import parse_start, parse_user_cursor, user_cursor
from api.services.job_responses import JobResponse
from api.services.order_history import read_orders
from core.domain import canonical_user, check_user
from core.jobs import EraseUserArgs, JobKind, NewJob
from core.jobs.ledger import new_id

router = APIRouter(prefix="/v1/collections/{c}/users", tags=["recommender"])


def normalize_user(user: str) -> str:
    """Normalize a user name in the same way as an import of sales.

    This converts it to NFC, changes a digest to lower case, and hashes an e-mail address.

    Raises:
        InvalidInput: no sales file can contain this name.
    """
    return check_user(canonical_user(unicodedata.normalize("NFC", user).strip()))


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
        collection.name,
        prefix=canonical_user(prefix),
        after=parse_user_cursor(cursor),
        limit=limit + 1,
    )
    return UsersPage(
        items=[UserOut(user=user, **asdict(history)) for user, history in rows[:limit]],
        next_cursor=user_cursor(rows[limit - 1][0] if len(rows) > limit else None),
    )


@router.get("/{user:path}/orders")
async def list_orders(
    user: UserPath,
    collection: CollectionDep,
    services: ServicesDep,
    limit: Annotated[Limit, Query(le=200)] = 20,
    cursor: CursorQuery = None,
) -> OrdersPage:
    """List a user's orders, newest first, as of the training run that made the served lists.

    Lines of an order that have different dates are listed as several orders.
    """
    user, remaining = normalize_user(user), parse_start(cursor)
    history = await read_orders(collection, user, services)
    # counted from the oldest order, so that a new one does not shift the next page
    older = history.orders[-remaining:]
    rest = max(0, len(older) - limit)
    return OrdersPage(
        user=user,
        items=older[:limit],
        complete=history.complete,
        next_cursor=str(rest) if rest else None,
    )


@router.delete(
    "/{user:path}", status_code=202, response_model=JobOut, responses=problem_responses(DISK_FULL)
)
def erase_user(
    user: UserPath, collection: CollectionDep, request: Request, services: ServicesDep
) -> Response:
    """Erase a user: the user's sales and list, and everything learned from the sales."""
    upload_id = new_id()
    with services.uploads.receive(upload_id) as writer:
        writer.write(normalize_user(user).encode())
    args = EraseUserArgs(upload=upload_id).model_dump()
    new = NewJob(kind=JobKind.ERASE_USER, collection=collection.name, args=args)
    return JobResponse(services.dispatcher.submit(new), request, services)
