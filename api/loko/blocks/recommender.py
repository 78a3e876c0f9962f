"""The *Recommender* block: fit, users, recommend, basket, report, delete sales."""

import csv
import io
from typing import Any

from fastapi import APIRouter

from api.loko.client import Json
from api.loko.item_choice import basket_choice, choice_query
from api.loko.job_polling import job_summary, wait_and_summarize, wait_for_job
from api.loko.requests import BlockRequest, BlockRequestDep, path_segment, require_text
from core.errors import InvalidInput, TooLarge

router = APIRouter(prefix="/recommender")

MAX_USERS = 1000


@router.post("/fit")
async def fit(request: BlockRequestDep) -> Json:
    """Import sales and train; return the training job with the result of the import as `sales`."""
    collection_path = request.form.collection_path("collection_fit")
    files = {"file": _sales_file(request)}
    job = await request.call_api("POST", f"{collection_path}/sales", files=files)
    deadline = request.deadline("fit")
    job = await wait_for_job(request, job, deadline)
    training_id = (job["result"] or {}).get("training")
    if training_id is None:
        return await job_summary(request, job)
    training = await request.call_api("GET", f"/v1/jobs/{training_id}")
    if training["scheduled_for"]:  # the flow waits for it
        training = await request.call_api("POST", f"{collection_path}/recommender")
    training = await wait_for_job(request, training, deadline)
    return await job_summary(request, training) | {"sales": job["result"]}


def _sales_file(request: BlockRequest) -> tuple[str, Any, str]:
    """Return the sales file, which may arrive as a file, as text or as a list of rows."""
    if request.file:
        return request.file
    message = request.message
    if isinstance(message, str) and message.strip():
        return "sales.csv", message.encode(), "text/csv"
    if _is_row_list(message):
        return "sales.csv", _to_csv(message), "text/csv"
    raise InvalidInput("Send a sales CSV: link a File Reader without 'Read content'")


def _is_row_list(message: Any) -> bool:
    """Return whether a message is a list of rows, as built by a Grouper after a CSV Reader."""
    is_list = isinstance(message, list) and bool(message)
    return is_list and all(isinstance(row, dict) for row in message)


def _to_csv(rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


@router.post("/users")
async def users(request: BlockRequestDep) -> Json:
    """Return one page of customers."""
    path = f"{request.form.collection_path('collection_users')}/users"
    query = request.form.renamed(prefix="users_prefix", limit="users_limit")
    return await request.call_api("GET", path, params=query)


@router.post("/recommend")
async def recommend(request: BlockRequestDep) -> Json:
    """Return the list of one user, or the lists of several users as `items`."""
    path = f"{request.form.collection_path('collection_recommend')}/users"
    query = request.form.renamed(limit="limit", country="country", zip="zip")
    query |= choice_query(request.form)
    is_single, users = _users_in(request.form.text("user") or request.message)
    lists = [
        await request.call_api("GET", f"{path}/{path_segment(user)}/recommendations", params=query)
        for user in users
    ]
    return lists[0] if is_single else {"items": lists}


def _users_in(message: Any) -> tuple[bool, list[str]]:
    """Return whether a message is about a single user, and the names of all users in it."""
    if isinstance(message, dict) and isinstance(message.get("items"), list):
        message = message["items"]  # the output of `users`
    if not isinstance(message, list):
        return True, [_user_in(message)]
    if len(message) > MAX_USERS:
        raise TooLarge(f"{len(message):,} users are too many; send at most {MAX_USERS:,}")
    return False, [_user_in(each) for each in message]


def _user_in(message: Any) -> str:
    hint = "Send a user or a list of users, or enter a user in the block's form"
    return require_text(message, "user", "md5email", hint=hint)


@router.post("/basket")
async def basket(request: BlockRequestDep) -> Json:
    """Return what goes with the items of a basket: a list of SKUs, the newest last."""
    path = f"{request.form.collection_path('collection_basket')}/recommendations"
    body: dict[str, Any] = {"skus": _skus_in(request.message)} | basket_choice(request.form)
    if limit := request.form.text("basket_limit"):
        body["limit"] = _whole_number(limit)
    return await request.call_api("POST", path, json=body)


def _whole_number(text: str) -> int:
    if not text.isdecimal():
        raise InvalidInput(f"basket_limit: {text[:80]!r} is not a whole number")
    return int(text)


def _skus_in(message: Any) -> list[str]:
    hint = "Send a list of SKUs, or a message with the field `skus`"
    if isinstance(message, dict) and "skus" in message:
        message = message["skus"]
    if not isinstance(message, list):
        message = [message]
    return [require_text(each, "sku", hint=hint) for each in message]


@router.post("/report")
async def report(request: BlockRequestDep) -> Json:
    """Return the live generation and its training report."""
    path = f"{request.form.collection_path('collection_report')}/recommender"
    return await request.call_api("GET", path)


@router.post("/delete_sales")
async def delete_sales(request: BlockRequestDep) -> Json:
    """Delete all sales and all recommendation lists."""
    path = f"{request.form.collection_path('collection_delete_sales')}/sales"
    return await wait_and_summarize(request, await request.call_api("DELETE", path))
