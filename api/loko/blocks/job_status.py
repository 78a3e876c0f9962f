"""The *Job status* input of the blocks that create jobs."""

from fastapi import APIRouter

from api.loko.client import Json
from api.loko.job_polling import job_summary
from api.loko.requests import BlockRequestDep, path_segment, require_text

router = APIRouter(prefix="/jobs")


@router.post("/status")
async def status(request: BlockRequestDep) -> Json:
    """Return a job by the ID in the form or the message, even if the job failed."""
    message = request.form.text("job") or request.message
    hint = "Send the ID of a job, or a message that has a job_id"
    job_id = path_segment(require_text(message, "job_id", "id", hint=hint))
    return await job_summary(request, await request.call_api("GET", f"/v1/jobs/{job_id}"))
