"""A shop's customers: who they are, what is offered to each, and how one is forgotten."""

import csv
import io
import json
import unicodedata
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, FastAPI, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.dependencies import CollectionDep, Services, ServicesDep, services_of
from api.errors import FULL, documented
from api.fast_route import LeanRoute
from api.schemas.models import JobOut, item_image_url
from api.schemas.sales import RecommendationsOut, UserOut, UsersPage
from api.services.job_responses import job_answer
from core.cache import Found
from core.csv_safety import inert
from core.domain import user_of
from core.errors import NotFound, Unavailable
from core.jobs import EraseUserArgs, Job, JobKind, NewJob
from core.jobs.ledger import new_id
from core.observability.metrics import LISTS
from core.recommender.regions import regions_of
from core.storage import Collection
from core.storage.items import item_key

router = APIRouter(prefix="/v1/collections/{c}", tags=["recommender"])

MOST = 100
User = Annotated[str, Path(min_length=1)]  # may have a slash, which servers decode early


async def recommendations(
    c: str,
    user: User,
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 10,
    country: str = "",
    zip: str = "",
) -> Response:
    """What is offered to a customer, with reasons; to one without purchases, what is popular."""
    services, user = services_of(request), _named(user)
    found = await services.list_reader.read(c, user, regions_of(country, zip))
    LISTS.labels(_kind(found)).inc()
    if found is None:
        found = await run_in_threadpool(_none, c, services)
    rows = (
        # each is an object, and gets one more member
        b'%b,"image_url":%b}' % (row.text[:-1], orjson.dumps(item_image_url(request, c, row.sku)))
        for row in found.first(limit)
    )
    # as it is: to read our own lists at every request would cost as much as all the rest
    told = orjson.dumps({
        "user": user, "generation": found.generation, "personal": found.personal,
    })  # fmt: skip
    answer = b'%b,"recommendations":[%b]}' % (told[:-1], b",".join(rows))
    return Response(answer, media_type="application/json")


def _kind(found: Found | None) -> str:
    if found is None:
        return "missing"
    return "personal" if found.personal else "popular"


def install(app: FastAPI) -> None:
    """Add the lists to the app itself: routers that are included look for each route twice."""
    for found in ("personal", "popular", "missing"):
        LISTS.labels(found)  # from nought: a rate loses the first of a series
    app.router.add_api_route(
        f"{router.prefix}/users/{{user:path}}/recommendations",
        recommendations,
        tags=[*router.tags],
        response_model=RecommendationsOut,
        route_class_override=LeanRoute,
    )


@router.get("/users")
def list_some(
    collection: CollectionDep,
    services: ServicesDep,
    prefix: str = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> UsersPage:
    """Customers by name, with their purchases of late."""
    found = services.lists.users(
        collection.name, prefix=user_of(prefix), after=cursor or "", limit=limit + 1
    )
    return UsersPage(
        items=[UserOut(user=user, **kept) for user, kept in found[:limit]],
        next_cursor=found[limit - 1][0] if len(found) > limit else None,
    )


def _named(user: str) -> str:
    """As the ledger of sales holds it."""
    return user_of(unicodedata.normalize("NFC", user).strip())


def _none(name: str, services: Services) -> Found:
    """Nothing is cached: because there is nothing, or because it was lost.

    Raises:
        NotFound: no such collection, or nothing has been published.
        Unavailable: lists are being filled in again.
    """
    collection = services.collections.get(name)
    if services.sales(collection).recommender().live is None:
        raise NotFound(f"collection {name!r} has no recommendations yet; upload its sales")
    services.dispatcher.refill(name)
    raise Unavailable("the lists are being filled in again from the store; try again")


@router.delete(
    "/users/{user:path}", status_code=202, response_model=JobOut, responses=documented(FULL)
)
async def erase(
    user: User, collection: CollectionDep, request: Request, services: ServicesDep
) -> Response:
    """Erase a customer: sales, lists, and what is learned from them."""
    job = await run_in_threadpool(_erase, user, collection, services)
    return await job_answer(request, services, job)


def _erase(user: str, collection: Collection, services: Services) -> Job:
    staged = new_id()
    with services.uploads.receive(staged) as writer:
        writer.write(_named(user).encode())
    args = EraseUserArgs(upload=staged).model_dump()
    new = NewJob(kind=JobKind.ERASE_USER, collection=collection.name, args=args)
    return services.dispatcher.submit(new)


_LIST = {"user": "ann", "recommendations": [{"sku": "B-7", "score": 4.217, "reasons": []}]}
_LISTS = {
    "application/jsonl": json.dumps(_LIST) + "\n",
    "text/csv": "user,rank,sku,score\r\nann,1,B-7,4.217\r\n",
}


@router.get(
    "/recommendations",
    response_class=StreamingResponse,
    responses={200: {"content": {kind: {"example": text} for kind, text in _LISTS.items()}}},
)
def everyone(
    collection: CollectionDep, services: ServicesDep, format: Literal["csv", "jsonl"] = "jsonl"
) -> StreamingResponse:
    """Every customer's list, streamed."""
    sales = services.sales(collection)
    live = sales.recommender().live
    if live is None:
        raise NotFound(f"collection {collection.name!r} has no recommendations yet")
    kinds: dict[str, tuple[Callable[[str, list[Any]], str], str]] = {
        "csv": (_csv, "text/csv; charset=utf-8"),
        "jsonl": (_jsonl, "application/jsonl"),
    }
    write, media_type = kinds[format]
    there = set(
        services.items(collection).keys()
    )  # what was deleted since the training is left out

    def pieces() -> Iterator[str]:
        yield "user,rank,sku,score\r\n" if format == "csv" else ""
        for block in sales.blocks(live):
            for user, kept in sales.read_lists(live, block):
                rows = kept["recommendations"]
                yield write(user, [row for row in rows if item_key(row["sku"]) in there])

    return StreamingResponse(pieces(), media_type=media_type)


def _csv(user: str, rows: list[Any]) -> str:
    text = io.StringIO()
    lines = ([inert(user), n, inert(row["sku"]), row["score"]] for n, row in enumerate(rows, 1))
    csv.writer(text).writerows(lines)
    return text.getvalue()


def _jsonl(user: str, rows: list[Any]) -> str:
    return json.dumps({"user": user, "recommendations": rows}, ensure_ascii=False) + "\n"
