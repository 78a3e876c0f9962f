"""`lookalike demo`: a shop with drawn clothes, from nothing to look-alikes and recommendations."""

import csv
import shlex
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lookalike.cli.commands.import_ import report, run_import
from lookalike.cli.commands.search import tell
from lookalike.cli.errors import Exit, code_of
from lookalike.cli.options import URL, Key, Url, connect
from lookalike.cli.server.demo_customer import offer, sell
from lookalike.cli.server.local_stack import running_stack
from lookalike.cli.server.up import check_installed
from lookalike.errors import LocalProblem

if TYPE_CHECKING:
    from lookalike.client import Lookalike

COLLECTION = "demo"
KIND = "shoes"  # of the item whose look-alikes are shown
_SHOWN = 6


def demo(url: Url = URL, key: Key = None) -> None:
    """Show what Lookalike does: draw a small shop, import it, find look-alikes, recommend.

    Uses the server at --url; if none answers, one is started on this machine. On a terminal it
    stays up until Ctrl-C; otherwise it is stopped at the end.

    Example: lookalike demo
    """
    check_installed()
    with connect(url, key) as server, running_stack(server, url) as stack:
        folder = _drawn()
        job = run_import(server, folder / "items", COLLECTION)
        report(server, job)
        if code_of(job) is not Exit.OK:
            raise typer.Exit(code_of(job))
        names = _names(folder / "items" / "items.csv")
        _find(server, folder)
        sell(server, COLLECTION, folder / "sales.csv")
        customer = offer(server.recommender(COLLECTION), names)
        _where_to_go(url, folder, customer)
        if stack and sys.stdin.isatty() and sys.stdout.isatty():
            typer.echo("\nCtrl-C stops everything; the data is kept.")
            with suppress(KeyboardInterrupt):
                stack.wait()
                raise typer.Exit(Exit.PROBLEM)  # it ended by itself, and has said why


def _drawn() -> Path:
    """Draw the shop into the user's cache, where its pictures can be looked at."""
    from platformdirs import user_cache_path

    folder = user_cache_path("lookalike", ensure_exists=True) / "demo-shop"
    shutil.rmtree(folder, ignore_errors=True)
    typer.echo("drawing the shop's pictures ...", err=True)
    drawing = [sys.executable, "-m", "embedded.demo.draw", str(folder)]
    if subprocess.run(drawing, check=False, stdout=sys.stderr.fileno()).returncode:
        raise LocalProblem("the demo shop could not be drawn")
    return folder


def _find(server: "Lookalike", folder: Path) -> None:
    query = folder / "query.jpg"
    found = server.search(query, COLLECTION, limit=_SHOWN)
    tell(found, title=f"\nWhat looks like {query}, a dress that the shop does not have?")
    sku = _first_of(folder / "items" / "items.csv", KIND)
    found = server.similar(COLLECTION, sku, limit=_SHOWN)
    tell(found, title=f"\nWhat looks like {sku}?")


def _first_of(manifest: Path, kind: str) -> str:
    with manifest.open(encoding="utf-8", newline="") as file:
        return next(row["sku"] for row in csv.DictReader(file) if row["kind"] == kind)


def _names(manifest: Path) -> dict[str, str]:
    with manifest.open(encoding="utf-8", newline="") as file:
        return {row["sku"]: row["name"] for row in csv.DictReader(file)}


def _where_to_go(url: str, folder: Path, customer: str) -> None:
    query = shlex.quote(str(folder / "query.jpg"))
    typer.echo(f"\nThe page      {url}")
    typer.echo(f"The API       {url.rstrip('/')}/docs")
    typer.echo(f"The pictures  {folder}")
    typer.echo(f"Try           lookalike recommend {customer} -c {COLLECTION}")
    typer.echo(f"              lookalike users -c {COLLECTION} --prefix {customer[:2]}")
    typer.echo(f"              lookalike search {query} -c {COLLECTION} --crop 0.2,0.5,0.8,0.9")
    typer.echo(f"              lookalike search {query} -c {COLLECTION} "
               """--filter '{"price": {"lt": 40}}'""")  # fmt: skip
