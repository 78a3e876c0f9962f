"""Plans an upload: to which item each image belongs, as which view, and with which attributes."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from core.archives.members import ArchiveMember
from core.attributes import AttributeTypes, Observed, extend_types, read_attributes
from core.domain import MAIN_VIEW, Attributes, Availability, check_view
from core.errors import CoreError, InvalidInput, TooLarge
from core.jobs import Failure, IngestArgs
from core.pipelines.ingest.attribute_values import read_values, values_of
from core.pipelines.ingest.file_naming import folder_of, sku_and_view
from core.pipelines.ingest.manifest import Manifest, ManifestRow
from core.pipelines.ingest.plan_urls import add_image, plan_urls
from core.pipelines.ingest.upload_contents import read_contents
from core.pipelines.services import Heartbeat, Services
from core.storage import PlannedImage

LearnTypes = Callable[[Observed], AttributeTypes]
FindTaken = Callable[[set[str]], set[str]]


def plan_upload(
    args: IngestArgs,
    services: Services,
    heartbeat: Heartbeat,
    learn: LearnTypes,
    find_taken: FindTaken = set,
) -> tuple[list[PlannedImage], list[Failure], list[str]]:
    """Return images, failed files and warnings; `learn` returns the types of the attributes.

    `find_taken` returns the items that may be changed by an upload without any image: the values of
    others give no attribute its type.

    Raises:
        InvalidInput: an attribute of a replaced item does not fit its type.
        TooLarge: the upload exceeds the limits.
    """
    contents = read_contents(args, services, heartbeat)
    manifest = contents.manifest
    has_images = contents.members or manifest.urls
    taken = manifest if has_images else _taken_rows(manifest, find_taken)
    types = extend_types(learn(_observed(taken, args)), _observed(manifest, args))
    manifest = read_values(manifest, types)
    if args.attributes:
        args = args.model_copy(update={"attributes": read_attributes(args.attributes, types)})
    if not contents.members and not contents.failures:
        manifest = manifest.without_files()
    if len(list(manifest.url_rows())) > (limit := services.limits.max_images):
        raise TooLarge(f"the manifest names more than {limit:,} URLs; split the upload")
    images, failures = _Planner(manifest, args, types).plan(contents.members)
    return images, contents.failures + failures, contents.warnings + manifest.notes


def _taken_rows(manifest: Manifest, find_taken: FindTaken) -> Manifest:
    """Return only the rows, none of which has an image, of items that may be changed."""
    rows = [*manifest.files.values(), *manifest.items.values()]
    taken = find_taken({row.sku for row in rows})
    return replace(
        manifest,
        files={file: row for file, row in manifest.files.items() if row.sku in taken},
        items={sku: row for sku, row in manifest.items.items() if sku in taken},
    )


def _observed(manifest: Manifest, args: IngestArgs) -> Observed:
    values = values_of(manifest)
    values |= {name: [value] for name, value in (args.attributes or {}).items()}
    return values | ({args.folders: [""]} if args.folders else {})  # names of folders are text


@dataclass(frozen=True)
class _Planner:
    manifest: Manifest
    args: IngestArgs
    types: AttributeTypes

    def plan(self, members: list[ArchiveMember]) -> tuple[list[PlannedImage], list[Failure]]:
        """Return the planned images, grouped by item, and the failed files."""
        images: dict[tuple[str, str], PlannedImage] = {}
        failures = list(self.manifest.failures)
        used: set[str] = set()
        for member in members:
            try:
                image = self._plan_member(member, alone=len(members) == 1)
                used.update(_paths(member))
                add_image(images, image)
            except CoreError as exc:
                failures.append(Failure.from_error(exc, member.name, sku=self._likely_sku(member)))
        failures += [
            Failure(
                file=row.file,
                sku=row.sku,
                code="not-found",
                reason=f"{row.line} names this file, but the upload does not contain it",
            )
            for row in self.manifest.files.values()
            if row.file not in used
        ]
        if not self.args.sku:
            failures += plan_urls(self.manifest, self.args, images)
            images |= self._without_images({sku for sku, _ in images})
        return _grouped_by_item(images.values(), self.manifest), failures

    def _without_images(self, skus: set[str]) -> dict[tuple[str, str], PlannedImage]:
        """Return the attributes of items without images, which may already exist."""
        return {
            (sku, ""): PlannedImage(
                file=row.line,
                sku=sku,
                view="",
                attributes=row.attributes,
                replace=self.args.replace,
                blob="",
            )
            for sku, row in self.manifest.items.items()
            if sku not in skus
        }

    def _plan_member(self, member: ArchiveMember, *, alone: bool) -> PlannedImage:
        if member.error:
            raise member.error
        row = self._row_for(member)
        if row is None and not self.manifest.rejected_files.isdisjoint(_paths(member)):
            raise InvalidInput("the manifest's row for this file is not valid; correct the row")
        sku, view, attributes = self._assign(member, row, alone=alone)
        return PlannedImage(
            file=member.name,
            sku=sku,
            view=view,
            attributes=attributes or None,
            replace=self.args.replace,
            blob=member.blob,
            offset=member.offset,
            size=member.size,
            compressed_size=member.compressed_size,
            crc=member.crc,
        )

    def _row_for(self, member: ArchiveMember) -> ManifestRow | None:
        return next(filter(None, map(self.manifest.row_for, _paths(member))), None)

    def _assign(
        self, member: ArchiveMember, row: ManifestRow | None, *, alone: bool
    ) -> tuple[str, str, Attributes]:
        """Return the SKU, the view and the attributes of an image."""
        args, attributes = self.args, self.args.attributes or {}
        if args.sku:
            stem = PurePosixPath(member.name.replace("\\", "/")).stem
            return args.sku, MAIN_VIEW if alone else check_view(stem), attributes
        category = folder_of(member.name) if args.folders and member.inside else ""
        if row:
            sku, view = row.sku, row.view or MAIN_VIEW
        else:
            sku, view = sku_and_view(member.name, in_archive=member.inside and not category)
        if args.folders and category:
            attributes = read_attributes({args.folders: category}, self.types)
        if sku in self.manifest.items:
            attributes = attributes | self.manifest.items[sku].attributes
        return sku, view, attributes | (row.attributes if row else {})

    def _likely_sku(self, member: ArchiveMember) -> str | None:
        """Return the SKU to which a failed file probably belongs, if its name or row says so."""
        if self.args.sku:
            return self.args.sku
        if row := self._row_for(member):
            return row.sku
        with suppress(CoreError):
            in_archive = member.inside and not self.args.folders
            return sku_and_view(member.name, in_archive=in_archive)[0]
        return None


def _grouped_by_item(images: Iterable[PlannedImage], manifest: Manifest) -> list[PlannedImage]:
    """Return the images, grouped by item; each gets what all rows of its item say."""
    states = manifest.availabilities
    groups: dict[str, list[PlannedImage]] = {}
    attributes: dict[str, Attributes] = {}
    for image in images:
        groups.setdefault(image.sku, []).append(image)
        attributes[image.sku] = {**(image.attributes or {}), **attributes.get(image.sku, {})}
    return [
        _with_values(image, attributes[sku] or None, states.get(sku))
        for sku, group in groups.items()
        for image in group
    ]


def _with_values(
    image: PlannedImage, attributes: Attributes | None, availability: Availability | None
) -> PlannedImage:
    if attributes is None and availability is None:  # a copy takes longer
        return image
    return image.model_copy(update={"attributes": attributes, "availability": availability})


def _paths(member: ArchiveMember) -> list[str]:
    """Return the paths by which a manifest can name a file, best first."""
    return [member.top_folder + member.name, member.name, member.name.rpartition("/")[2]]
