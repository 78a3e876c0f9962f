"""The block Recommender: fit, users, recommend, report, delete sales."""

import csv
import io
from typing import Any

from fastapi import APIRouter

from api.loko.job_polling import Job, Told, ended, outcome, told
from api.loko.requests import Call, CallDep, segment
from core.errors import InvalidInput, TooLarge

router = APIRouter(prefix="/recommender")

MOST = 1000
_COLUMNS = ("user", "md5email")


@router.post("/fit")
async def fit(call: CallDep) -> Told:
    """Take a file of sales in, and train on it; what the file came to is told with the training."""
    path = f"{call.form.collection('collection_fit')}/sales"
    job = await call.ask("POST", path, files={"file": _sales(call)})
    until = call.until("fit")
    job = await ended(call, job, until)
    training = (job["result"] or {}).get("training")
    if training is None:
        return await told(call, job)
    trained: Job = await call.ask("GET", f"/v1/jobs/{training}")
    return await told(call, await ended(call, trained, until)) | {"sales": job["result"]}


def _sales(call: Call) -> tuple[str, Any, str]:
    """The file; or the text of one, or a list of its rows."""
    if call.file:
        return call.part()
    if isinstance(call.value, str) and call.value.strip():
        return "sales.csv", call.value.encode(), "text/csv"
    if _are_rows(call.value):
        return "sales.csv", _as_csv(call.value), "text/csv"
    raise InvalidInput("Send a CSV of sales: link a File Reader without 'Read content'")


def _are_rows(message: Any) -> bool:
    """Whether it is a list of rows, as a Grouper makes it of those of a CSV Reader."""
    is_list = isinstance(message, list) and bool(message)
    return is_list and all(isinstance(row, dict) for row in message)


def _as_csv(rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


@router.post("/users")
async def users(call: CallDep) -> Told:
    """Customers, a page of them."""
    path = f"{call.form.collection('collection_users')}/users"
    asked = call.form.given(prefix="users_prefix", limit="users_limit")
    found: Told = await call.ask("GET", path, params=asked)
    return found


@router.post("/recommend")
async def recommend(call: CallDep) -> Told:
    """What is offered to a customer; or to many, each an item of the one message."""
    path = f"{call.form.collection('collection_recommend')}/users"
    asked = call.form.given(limit="limit", country="country", zip="zip")
    one, names = _users(call.form.text("user") or call.value)
    answers = [
        await call.ask("GET", f"{path}/{segment(name)}/recommendations", params=asked)
        for name in names
    ]
    return answers[0] if one else {"items": answers}


def _users(message: Any) -> tuple[bool, list[str]]:
    """Whether it is about one customer, and the customers' names."""
    if isinstance(message, dict) and isinstance(message.get("items"), list):
        message = message["items"]  # as Users gives them
    if not isinstance(message, list):
        return True, [_user(message)]
    if len(message) > MOST:
        raise TooLarge(f"{len(message):,} users in one message; send {MOST:,} at most")
    return False, [_user(each) for each in message]


def _user(message: Any) -> str:
    if isinstance(message, dict):
        message = next((message[name] for name in _COLUMNS if name in message), None)
    if isinstance(message, bool) or not isinstance(message, str | int) or not str(message).strip():
        raise InvalidInput("Send a user, a list of users, or name one in the block's form")
    return str(message).strip()


@router.post("/report")
async def report(call: CallDep) -> Told:
    """Which lists are served, and what their training found."""
    path = f"{call.form.collection('collection_report')}/recommender"
    found: Told = await call.ask("GET", path)
    return found


@router.post("/delete_sales")
async def delete_sales(call: CallDep) -> Told:
    """Delete all sales; the lists go too."""
    path = f"{call.form.collection('collection_delete_sales')}/sales"
    return await outcome(call, await call.ask("DELETE", path))
