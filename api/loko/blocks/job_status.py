"""Where a job stands; an input of both blocks that make jobs."""

from typing import Any

from fastapi import APIRouter

from api.loko.job_polling import Told, told
from api.loko.requests import CallDep, segment
from core.errors import InvalidInput

router = APIRouter(prefix="/jobs")


@router.post("/status")
async def status(call: CallDep) -> Told:
    """The job whose id the message is or has; one that failed is told of as well."""
    job = _job(call.form.text("job") or call.value)
    return await told(call, await call.ask("GET", f"/v1/jobs/{segment(job)}"))


def _job(message: Any) -> str:
    if isinstance(message, dict):
        message = message.get("job_id") or message.get("id")
    if not isinstance(message, str) or not message.strip():
        raise InvalidInput("Send the id of a job, or what a block answered that has a job_id")
    return message.strip()
