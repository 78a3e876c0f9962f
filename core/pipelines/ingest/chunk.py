"""A chunk of the plan: some images of the upload, which one step embeds."""

from dataclasses import dataclass

from core.errors import CoreError
from core.jobs import Failure, IngestArgs, Job, Outcome
from core.pipelines.services import Services
from core.storage import PlannedImage


def chunk_name(job: Job, number: int) -> str:
    """Return the name of a chunk in the upload; a retry has a plan of its own."""
    return f"{job.id}-{number}"


@dataclass(frozen=True)
class Chunk:
    """Images of a chunk by their position in it; number and position let a retry find them."""

    upload: str
    number: int
    images: dict[int, PlannedImage]

    def failure(self, position: int, error: CoreError) -> Failure:
        """Return the record of an image that failed."""
        image = self.images[position]
        return Failure(
            file=image.file,
            sku=image.sku,
            view=image.view,
            code=error.code,
            reason=error.detail,
            entry=(self.number, position),
        )

    def fail_all(self, error: CoreError) -> Outcome:
        """Return the outcome of a chunk whose images all failed."""
        return Outcome(failures=tuple(self.failure(position, error) for position in self.images))


def load_chunk(job: Job, number: int, services: Services) -> Chunk:
    """Read a chunk of the job's plan."""
    upload = IngestArgs.model_validate(job.args).upload
    images = services.uploads.read_chunk(upload, chunk_name(job, number))
    return Chunk(upload, number, dict(enumerate(images)))
