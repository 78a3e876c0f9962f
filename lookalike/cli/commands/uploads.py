"""`lookalike uploads`: list and delete large files that have arrived in part."""

from typing import Annotated

import typer

from lookalike.cli.options import Json, Server, with_server
from lookalike.cli.output.tables import Column, print_line, show
from lookalike.cli.output.texts import time_text
from lookalike.progress_bars import MEGABYTE

app = typer.Typer()
Upload = Annotated[str, typer.Argument(help="The ID of an upload, from `lookalike uploads`.")]
_UPLOADS: tuple[Column, ...] = (
    ("id", lambda upload: upload.id),
    ("file", lambda upload: upload.filename),
    ("MB", lambda upload: f"{upload.offset / MEGABYTE:,.1f} of {upload.size / MEGABYTE:,.1f}"),
    ("kept until", lambda upload: time_text(upload.expires_at)),
)


@app.callback(invoke_without_command=True)
@app.command("list", help="List unused uploads.\n\nExample: lookalike uploads list")
@with_server
def list_uploads(server: Server, as_json: Json = False) -> None:
    """List or delete large files that arrived in part, or are not used yet.

    To continue an upload, import the same file again. Uploads are deleted after a day.

    Example: lookalike uploads
    """
    show(server.uploads(), _UPLOADS, as_json=as_json)


@app.command()
@with_server
def delete(server: Server, upload: Upload, as_json: Json = False) -> None:
    """Delete an upload that you will not continue.

    Example: lookalike uploads delete UPLOAD
    """
    server.delete_upload(upload)
    print_line(f"deleted {upload}", {"deleted": upload}, as_json=as_json)
