"""`python -m lookalike.cli.server.weights`. Exit codes: 0, 1, 2 for usage errors."""

import json
import signal
import sys
from typing import Annotated

import typer

from core.encoders.catalogue import ENCODERS, describe
from core.encoders.description import EncoderDescription, PublishedWeights
from core.encoders.weights.download import fetch as fetch_one
from core.encoders.weights.lookup import Weights
from core.entrypoint import code_of, complain
from core.errors import CoreError, InvalidInput
from core.settings import Settings
from lookalike.cli.server.weights_output import fetching_bar, show

# SIGINT too: what is started in the background of a script inherits that it is ignored
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

app = typer.Typer(
    help="List, fetch and verify the weights of networks, on this machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Names = Annotated[list[str], typer.Argument(help="Encoders; `list` names them.")]
AnyNames = Annotated[
    list[str] | None, typer.Argument(help="Encoders; else all whose weights are here.")
]


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """List all encoders, and whether their weights are here: present, missing or wrong.

    Example: lookalike weights list --json
    """
    weights = _weights(Settings())
    looks = [(row, weights.look(row)) for row in ENCODERS.values()]
    show(looks, weights.folder, as_json=as_json)


@app.command()
def fetch(names: Names, as_json: Json = False) -> None:
    """Fetch weights from their publisher, or go on with it where it was interrupted.

    Example: lookalike weights fetch resnet50
    """
    settings = Settings()
    weights, rows = _weights(settings), _described(names)
    try:
        mirror, told = settings.encoders.mirror, not as_json
        fetched = [_fetched(row, weights, mirror, told=told) for row in rows]
    except KeyboardInterrupt:
        complain("stopped; what has come is kept: fetch again to go on from there")
        raise
    if as_json:
        show([(row, weights.look(row)) for row in rows], weights.folder, as_json=True)
    raise typer.Exit(0 if all(fetched) else 1)


@app.command()
def verify(names: AnyNames = None, as_json: Json = False) -> None:
    """Read weights again; fails if some are wrong, or if those of a named encoder are missing.

    Example: lookalike weights verify resnet50
    """
    weights = _weights(Settings())
    looks = [(row, weights.look(row)) for row in _described(names or list(ENCODERS))]
    looks = [(row, look) for row, look in looks if names or look.state != "missing"]
    show(looks, weights.folder, as_json=as_json)
    bad = [look for _, look in looks if look.state != "present"]
    for look in bad:
        complain(look.detail)
    raise typer.Exit(1 if bad else 0)


def _weights(settings: Settings) -> Weights:
    """The weights on this machine.

    Raises:
        InvalidInput: a pin is of no encoder, so it would guard nothing.
    """
    for name in settings.encoders.pins:
        if name not in ENCODERS:
            raise InvalidInput(f"LOOKALIKE_ENCODERS__PINS: {name!r} is no encoder; mend its name")
    return Weights(settings.weights, settings.encoders.pins)


def _described(names: list[str]) -> list[EncoderDescription]:
    try:
        return [describe(name) for name in names]
    except InvalidInput as exc:
        raise typer.BadParameter(str(exc)) from exc


def _fetched(row: EncoderDescription, weights: Weights, mirror: str | None, *, told: bool) -> bool:
    try:
        with fetching_bar(row.name) as progress:
            path = fetch_one(row, weights, mirror=mirror, progress=progress)
        sha256 = weights.require(row).sha256
    except CoreError as exc:
        complain(str(exc))
        return False
    if not told:
        return True
    typer.echo(f"{row.name}: {path}, sha256 {sha256}")
    if isinstance(row.weights, PublishedWeights) and not row.weights.md5:
        _advise_pin(row.name, sha256, weights)
    return True


def _advise_pin(name: str, sha256: str, weights: Weights) -> None:
    if name not in weights.pins:
        pins = json.dumps({**weights.pins, name: sha256})
        typer.echo(
            "  its publisher gives no digest to compare with; to be told if the file ever "
            f"changes, set LOOKALIKE_ENCODERS__PINS='{pins}'"
        )


def main() -> int:
    """Run the command; gives the exit code where it is not ended by one."""
    for number in _ENDINGS:
        signal.signal(number, signal.default_int_handler)
    return code_of(lambda: app(prog_name="lookalike weights"))


if __name__ == "__main__":
    sys.exit(main())
