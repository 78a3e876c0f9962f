"""`lookalike verify`: store, vectors and lists compared."""

from collections.abc import Iterator, Mapping
from typing import Any

import typer

from lookalike.cli.options import URL, Json, Key, Name, Url, connect
from lookalike.cli.output.job_progress import end, follow
from lookalike.models import Job

_WORDS = {
    "without_vector": "pictures have no vector and cannot be found: lookalike rebuild --repair",
    "vectors_of_nothing": "vectors are of no picture: lookalike rebuild --repair",
    "without_file": "pictures have lost their file: send them again",
}


def verify(collection: Name, url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """Compare the store of a collection with its vectors and lists; changes nothing.

    Example: lookalike verify shop
    """
    with connect(url, key) as server:
        job = follow(server.verify(collection), "comparing", "items", wait=True)
    try:
        end(job, compared, as_json=as_json)
    except typer.Exit as ended:
        sound = (job.result or {}).get("sound")
        raise typer.Exit(ended.exit_code or int(not sound)) from None


def compared(job: Job) -> str:
    """Say what differs, a line each."""
    result = job.result or {}
    lines = [
        f"{result.get('items', 0):,} items, {result.get('images', 0):,} pictures",
        *_differ(result),
    ]
    return "\n".join(lines if len(lines) > 1 else [f"{lines[0]}: all sound"])


def _differ(result: Mapping[str, Any]) -> Iterator[str]:
    for name, words in _WORDS.items():
        if count := result[name]["count"]:
            first = result[name]["first"]
            shown = ["/".join(one) for one in first] + ["..."] * (count > len(first))
            yield f"{count:,} {words} ({', '.join(shown)})"
    yield from (f"lists: {told}" for told in result["lists"])
