"""`lookalike demo`: import, search and recommendations with a generated shop."""

import csv
import shlex
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import typer

from lookalike.cli.commands.import_ import print_import, run_import
from lookalike.cli.commands.search import print_matches
from lookalike.cli.errors import Exit, exit_code
from lookalike.cli.options import Server, with_server
from lookalike.cli.server.demo_customer import add_sales, show_customer
from lookalike.cli.server.local_stack import running_stack
from lookalike.cli.server.up import check_launcher_installed
from lookalike.errors import LocalProblem

COLLECTION = "demo"
SIMILAR_KIND = "shoes"  # the kind of the item in the search for similar items
_LIMIT = 6


@with_server
def demo(server: Server) -> None:
    """Try Lookalike with a generated shop.

    The demo generates product images and sales, imports them, searches, trains and recommends. It
    uses the server at --url; if no server responds, it starts one on this machine and stops it at
    the end or, on a terminal, on Ctrl-C.

    Example: lookalike demo
    """
    check_launcher_installed()
    with running_stack(server) as launcher:
        folder = _generate_shop()
        job = run_import(server, folder / "items", COLLECTION)
        print_import(server, job)
        if exit_code(job) is not Exit.OK:
            raise typer.Exit(exit_code(job))
        with (folder / "items" / "items.csv").open(encoding="utf-8", newline="") as file:
            manifest = list(csv.DictReader(file))
        _show_searches(server, folder, manifest)
        add_sales(server, COLLECTION, folder / "sales.csv")
        names = {row["sku"]: row["name"] for row in manifest}
        customer = show_customer(server.recommender(COLLECTION), names)
        _print_next_steps(server.url.rstrip("/"), folder, customer)
        if launcher and sys.stdin.isatty() and sys.stdout.isatty():
            typer.echo("\nPress Ctrl-C to stop Lookalike; the data is kept.")
            with suppress(KeyboardInterrupt):
                launcher.wait()
                raise typer.Exit(Exit.PROBLEM)  # the launcher ended by itself and has printed why


def _generate_shop() -> Path:
    """Generate the shop in the user's cache folder, where the user can view its images."""
    from platformdirs import user_cache_path

    folder = user_cache_path("lookalike", ensure_exists=True) / "demo-shop"
    shutil.rmtree(folder, ignore_errors=True)
    typer.echo("generating product images ...", err=True)
    command = [sys.executable, "-m", "embedded.demo.draw", str(folder)]
    if subprocess.run(command, check=False, stdout=sys.stderr.fileno()).returncode:
        raise LocalProblem("the demo shop could not be generated; see the error above")
    return folder


def _show_searches(server: Server, folder: Path, manifest: list[dict[str, str]]) -> None:
    query = folder / "query.jpg"
    matches = server.search(COLLECTION, query, limit=_LIMIT)
    print_matches(matches, title=f"\nItems similar to {query}, a dress that the shop does not have")
    sku = next(row["sku"] for row in manifest if row["kind"] == SIMILAR_KIND)
    matches = server.similar(COLLECTION, sku, limit=_LIMIT)
    print_matches(matches, title=f"\nItems similar to {sku}, an item of the shop")


def _print_next_steps(url: str, folder: Path, customer: str) -> None:
    query = shlex.quote(str(folder / "query.jpg"))
    typer.echo(f"\nWeb page  {url}")
    typer.echo(f"HTTP API  {url}/docs")
    typer.echo(f"Images    {folder}")
    typer.echo(f"Try       lookalike recommend {customer} -c {COLLECTION}")
    typer.echo(f"          lookalike users -c {COLLECTION} --prefix {customer[:2]}")
    typer.echo(f"          lookalike search {query} -c {COLLECTION} --crop 0.2,0.5,0.8,0.9")
    typer.echo(f"          lookalike search {query} -c {COLLECTION} "
               """--filter '{"price": {"lt": 40}}'""")  # fmt: skip
