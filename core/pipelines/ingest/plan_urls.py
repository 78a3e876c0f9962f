"""Plans the images that a manifest names by URL."""

from collections.abc import Iterable

from core.domain import MAIN_VIEW
from core.errors import InvalidInput
from core.jobs import Failure, IngestArgs
from core.pipelines.ingest.manifest import Manifest
from core.storage import PlannedImage

_MAX_SPARES = 10


def add_image(images: dict[tuple[str, str], PlannedImage], image: PlannedImage) -> None:
    """Add an image to those of its upload by SKU and view.

    If two files have the same view of the item, the second is taken if the first is unusable.

    Raises:
        InvalidInput: another image has the same view of the item, and this one is no substitute.
    """
    place = image.sku, image.view
    first = images.setdefault(place, image)
    if first is image:
        return
    is_like_first = not (first.url or image.url) and image.attributes == first.attributes
    if not is_like_first or len(first.spares) >= _MAX_SPARES:
        raise image.taken_by(first)
    spares = (*first.spares, image.model_copy(update={"attributes": None}))
    images[place] = first.model_copy(update={"spares": spares})


def refuse_spares(images: Iterable[PlannedImage]) -> list[Failure]:
    """Return the failures of the spares if all images are usable."""
    return [
        Failure.from_error(spare.taken_by(image), spare.file, sku=spare.sku)
        for image in images
        for spare in image.spares
    ]


def plan_urls(
    manifest: Manifest, args: IngestArgs, images: dict[tuple[str, str], PlannedImage]
) -> list[Failure]:
    """Add the images that the manifest names by URL; return those whose view is already taken."""
    failures = []
    for row in manifest.url_rows():
        common = manifest.items[row.sku].attributes if row.sku in manifest.items else {}
        image = PlannedImage(
            file=row.line,
            sku=row.sku,
            view=row.view or MAIN_VIEW,
            attributes=common | row.attributes,
            replace=args.replace,
            blob="",
            url=row.url,
        )
        try:
            add_image(images, image)
        except InvalidInput as exc:
            failures.append(
                Failure.from_error(exc, row.line, sku=row.sku, view=row.view, url=row.url)
            )
    return failures
