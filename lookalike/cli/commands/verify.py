"""`lookalike verify`: checks that store, vectors and lists agree."""

from collections.abc import Iterator, Mapping
from typing import Any

import typer

from lookalike.cli.errors import Exit
from lookalike.cli.options import URL, Json, Key, Name, Url, connect
from lookalike.cli.output.job_progress import exit_with_summary, follow
from lookalike.cli.output.tables import counted
from lookalike.models import Job

_DIFFERENCES = {
    "without_vector": "without a vector, never found; run `lookalike rebuild --repair`",
    "orphaned_vectors": "deleted, but their vectors remain; run `lookalike rebuild --repair`",
    "without_file": "without a file; upload them again",
}


def verify(collection: Name, url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """Check that images, vectors and lists of a collection agree.

    Changes nothing. The exit code is 1 if there are differences.

    Example: lookalike verify shop
    """
    with connect(url, key) as server:
        job = follow(server.verify(collection), "comparing", "items", wait=True)
    try:
        exit_with_summary(job, verify_summary, as_json=as_json)
    except typer.Exit as ended:
        sound = (job.result or {}).get("sound")
        raise typer.Exit(ended.exit_code or (Exit.OK if sound else Exit.PROBLEM)) from None


def verify_summary(job: Job) -> str:
    """Return what was checked, and each difference on a line of its own."""
    result = job.result or {}
    items, images = result.get("items", 0), result.get("images", 0)
    checked = f"{counted(items, 'item')}, {counted(images, 'image')}"
    differences = list(_differences(result))
    return "\n".join([checked, *differences] if differences else [f"{checked}: no differences"])


def _differences(result: Mapping[str, Any]) -> Iterator[str]:
    for name, text in _DIFFERENCES.items():
        if count := result[name]["count"]:
            first = result[name]["first"]
            images = ["/".join(image) for image in first] + ["..."] * (count > len(first))
            yield f"{counted(count, 'image')} {text} ({', '.join(images)})"
    yield from (f"lists: {difference}" for difference in result["lists"])
