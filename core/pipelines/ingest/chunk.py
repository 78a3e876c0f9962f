"""A chunk of the plan: those images of the upload that one step embeds."""

from dataclasses import dataclass

from core.errors import CoreError
from core.jobs import Failure, IngestArgs, Job, Outcome
from core.pipelines.services import Services
from core.storage import PlannedImage


def chunk_name(job: Job, number: int) -> str:
    """Return a chunk's name in the upload; it contains the job id, as a retry has its own plan."""
    return f"{job.id}-{number}"


@dataclass(frozen=True)
class Chunk:
    """Images by their position in a chunk; a retry finds an image by chunk number and position."""

    upload: str
    number: int
    images: dict[int, PlannedImage]

    def failure(self, position: int, image: PlannedImage, error: CoreError) -> Failure:
        """Return the record of a failed image; a retry of the position includes its spares."""
        return Failure.from_error(
            error, image.file, sku=image.sku, view=image.view, url=image.url or None,
            entry=(self.number, position) if image is self.images[position] else None,
        )  # fmt: skip

    def fail_all(self, error: CoreError) -> Outcome:
        """Return the outcome in which all images of the chunk have failed."""
        return Outcome(
            failures=tuple(
                self.failure(position, image, error)
                for position, first in self.images.items()
                for image in (first, *first.spares)
            )
        )


def load_chunk(job: Job, number: int, services: Services) -> Chunk:
    """Read a chunk of the job's plan."""
    upload = IngestArgs.model_validate(job.args).upload
    images = services.uploads.read_chunk(upload, chunk_name(job, number))
    return Chunk(upload, number, dict(enumerate(images)))
