"""`lookalike rebuild|verify`: recompute vectors; check that store, vectors and lists agree."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import typer

from lookalike.cli.errors import Exit
from lookalike.cli.options import Json, Name, Server, Wait, with_server
from lookalike.cli.output.job_progress import exit_with_summary, follow
from lookalike.cli.output.texts import counted
from lookalike.models import Job

Repair = Annotated[
    bool, typer.Option("--repair", help="Only correct what differs from the images and attributes.")
]
Recipe = Annotated[
    Literal["auto", "parts-1", "fitted-1"],
    typer.Option(
        help="How vectors are made: fitted-1 learns from the images, parts-1 does not; auto "
        "learns if that is due and finds similar images no worse."
    ),
]
Deep = Annotated[
    bool, typer.Option("--deep", help="Also read all image files and compare their checksums.")
]
_REPAIR = "run `lookalike rebuild --repair`"
_DIFFERENCES = {
    "damaged_items": "with a damaged document; restore the file, or replace or delete the item",
    "without_vector": f"without a vector, so searches miss them; {_REPAIR}",
    "orphaned_vectors": f"deleted, but still in the vector index; {_REPAIR}",
    "outdated_attributes": f"with other attributes in the vector index; {_REPAIR}",
    "without_card": f"without a card in the cache, so no list shows them; {_REPAIR}",
    "without_file": "without a file; upload them again",
    "damaged_files": "with a damaged file; upload them again",
}


@with_server
def rebuild(
    server: Server, collection: Name, repair: Repair = False, recipe: Recipe = "auto",
    wait: Wait = True, as_json: Json = False,
) -> None:  # fmt: skip
    """Recompute the vectors of a collection from its images.

    Searches use the old vectors until the job has finished.

    Example: lookalike rebuild shop --repair
    """
    handle = server.rebuild(collection, repair=repair, recipe=recipe)
    job = follow(handle, "embedding", "items", wait=wait)
    exit_with_summary(job, rebuild_summary, as_json=as_json)


def rebuild_summary(job: Job) -> str:
    """Return the outcome of a rebuild or a change of encoder."""
    result, progress = job.result or {}, job.progress
    texts = [f"{counted(progress.done, 'item')} embedded with {result.get('encoder')}"]
    if progress.failed:
        texts.append(f"{progress.failed:,} failed")
    if result.get("dropped"):
        texts.append(f"{counted(result['dropped'], 'vector')} removed")
    if result.get("corrected"):
        texts.append(f"attributes of {counted(result['corrected'], 'item')} corrected")
    texts += _fit_texts(result)
    if (overlap := result.get("overlap_at_10")) is not None:
        texts.append(f"{overlap:.0%} of the ten nearest items are the same as before")
    return ", ".join(texts)


def _fit_texts(result: Mapping[str, Any]) -> Iterator[str]:
    if fit := result.get("fit", {}):
        if fit["accepted"]:
            before, after = fit["same_image_before"], fit["same_image_after"]
            yield f"recipe fitted to {counted(fit['sampled'], 'image')}"
            if (colour_weight := fit.get("colour_weight")) is not None:
                yield f"colour weighs {colour_weight:.2f}"
            yield f"originals of distorted images found first: {before:.1%} before, {after:.1%} now"
        else:
            yield f"recipe not fitted: {result['refusal']}"


@with_server
def verify(server: Server, collection: Name, deep: Deep = False, as_json: Json = False) -> None:
    """Check that items, images, vectors and lists of a collection agree.

    The command changes nothing. The exit code is 1 if there are differences.

    Example: lookalike verify shop
    """
    job = follow(server.verify(collection, deep=deep), "comparing", "items", wait=True)
    try:
        exit_with_summary(job, verify_summary, as_json=as_json)
    except typer.Exit as ended:
        sound = (job.result or {}).get("sound")
        raise typer.Exit(ended.exit_code or (Exit.OK if sound else Exit.PROBLEM)) from None


def verify_summary(job: Job) -> str:
    """Return the numbers of items and images checked, and a line for each difference."""
    result = job.result or {}
    items, images = result.get("items", 0), result.get("images", 0)
    checked = f"{counted(items, 'item')}, {counted(images, 'image')}"
    differences = list(_differences(result))
    return "\n".join([checked, *differences] if differences else [f"{checked}: no differences"])


def _differences(result: Mapping[str, Any]) -> Iterator[str]:
    for name, text in _DIFFERENCES.items():
        difference = result.get(name, {"count": 0})
        if count := difference["count"]:
            examples = ["/".join(names) for names in difference["first"]]
            examples += ["..."] * (count > len(examples))
            noun = "item" if name == "damaged_items" else "image"
            yield f"{counted(count, noun)} {text} ({', '.join(examples)})"
    yield from (f"lists: {difference}" for difference in result["lists"])
    yield from (f"recipe: {difference}" for difference in result["statistics"])
