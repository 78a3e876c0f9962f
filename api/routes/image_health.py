"""What is wrong with the images of a collection."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Query, Request

from api.dependencies import CollectionDep, ServicesDep
from api.schemas.image_health import ImageHealthPage, ImageWithProblems
from api.schemas.parameters import CursorQuery, Limit
from api.services.cursors import image_cursor, parse_image_cursor
from api.services.image_health import read_images
from api.services.urls import image_url
from core.cache.image_index import IndexedImage
from core.domain import ImageProblem

router = APIRouter(prefix="/v1/collections/{c}/health", tags=["items"])


ProblemQuery = Annotated[
    ImageProblem | None,
    Query(description="Only images with this problem.", examples=[ImageProblem.BLURRED]),
]


@router.get("")
def list_image_problems(
    collection: CollectionDep,
    request: Request,
    services: ServicesDep,
    problem: ProblemQuery = None,
    limit: Annotated[Limit, Query(le=500)] = 50,
    cursor: CursorQuery = None,
) -> ImageHealthPage:
    """Count what is wrong with the images of a collection, and list the images with problems, or
    those with one `problem`, page by page. Images are assessed when they are imported; nothing is
    refused because of it. Hidden items are left out for keys with the role `read`.
    """
    after = parse_image_cursor(cursor)  # no number: the list gets shorter as images are corrected
    images = read_images(collection, services)
    counts = Counter(name for image in images for name in image.problems or ())
    rows = sorted(
        (
            image
            for image in images
            if image.problems and problem in {None, *image.problems} and _place(image) > after
        ),
        key=_place,
    )
    page = rows[:limit]
    return ImageHealthPage(
        images=len(images),
        not_assessed=sum(image.problems is None for image in images),
        problems={name: counts[name] for name in ImageProblem if counts[name]},
        items=[
            ImageWithProblems(
                sku=image.sku,
                view=image.view,
                url=image_url(request, collection.name, image.sku, image.view, image.file),
                version=image.file,
                problems=list(image.problems or ()),
            )
            for image in page
        ],
        next_cursor=image_cursor(*_place(page[-1])) if len(rows) > limit else None,
    )


def _place(image: IndexedImage) -> tuple[str, str]:
    return image.sku, image.view
