"""The job status input of the two blocks that create jobs."""

from typing import Any

from fastapi import APIRouter

from api.loko.job_polling import Message, job_summary
from api.loko.requests import BlockRequestDep, path_segment
from core.errors import InvalidInput

router = APIRouter(prefix="/jobs")


@router.post("/status")
async def status(request: BlockRequestDep) -> Message:
    """Return the job whose id the message is or contains, even if it failed."""
    job_id = _job_id(request.form.text("job") or request.message)
    job = await request.call_api("GET", f"/v1/jobs/{path_segment(job_id)}")
    return await job_summary(request, job)


def _job_id(message: Any) -> str:
    if isinstance(message, dict):
        message = message.get("job_id") or message.get("id")
    if not isinstance(message, str) or not message.strip():
        raise InvalidInput("Send the id of a job, or a block's message that has a job_id")
    return message.strip()
