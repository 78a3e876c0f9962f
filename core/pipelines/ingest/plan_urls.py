"""Plans the images that a manifest names by URL."""

from core.domain import MAIN_VIEW
from core.errors import InvalidInput
from core.jobs import Failure, IngestArgs
from core.pipelines.ingest.manifest import Manifest
from core.storage import PlannedImage


def add_image(images: dict[tuple[str, str], PlannedImage], image: PlannedImage) -> None:
    """Add an image to those of its upload by SKU and view.

    Raises:
        InvalidInput: another image has the same view of the item.
    """
    first = images.setdefault((image.sku, image.view), image)
    if first is not image:
        raise InvalidInput(
            f"view {image.view!r} of SKU {image.sku!r} is already taken by "
            f"{first.url or first.file}; rename one"
        )


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
