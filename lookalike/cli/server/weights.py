"""`lookalike weights`: list, download, verify and try the weights of encoders on this machine."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from core.encoders.catalogue import ENCODERS, describe
from core.encoders.description import EncoderDescription, OwnWeights, PublishedWeights
from core.encoders.onnx.own_encoders import add_own_encoders
from core.encoders.weights.download import download_weights
from core.encoders.weights.lookup import WeightsLookup
from core.encoders.weights.text_lookup import published_text_network, text_parts, without_pins
from core.errors import CoreError, InvalidInput, NotInstalled
from core.settings import Settings
from lookalike.cli.errors import print_error
from lookalike.cli.options import Json
from lookalike.cli.output.tables import print_json
from lookalike.cli.server.core_errors import CoreGroup
from lookalike.cli.server.signals import interrupt_on_signals
from lookalike.cli.server.weights_output import (
    EncoderStatus,
    FileStatus,
    download_bar,
    print_statuses,
)

app = typer.Typer(
    cls=CoreGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="List, download, verify and try the weights of encoders on this machine.",
)
Names = Annotated[list[str], typer.Argument(help="Encoders, from `lookalike weights list`.")]
AnyNames = Annotated[
    list[str] | None,
    typer.Argument(help="Encoders; if omitted, all encoders with weights on this machine."),
]


@app.command("list")
def list_weights(as_json: Json = False) -> None:
    """List encoders with their weights: present, missing or wrong.

    Example: lookalike weights list --json
    """
    weights = _open_weights(Settings())
    statuses = [_status(encoder, weights) for encoder in ENCODERS.values()]
    print_statuses(statuses, weights.folder, as_json=as_json)


@app.command()
def fetch(names: Names, as_json: Json = False) -> None:
    """Download weights from the publisher, or resume a download.

    Example: lookalike weights fetch resnet50
    """
    settings = Settings()
    weights, encoders = _open_weights(settings), _describe(names)
    mirror = settings.encoders.download_mirror
    try:
        with interrupt_on_signals():
            succeeded = [_download(encoder, weights, mirror, quiet=as_json) for encoder in encoders]
    except KeyboardInterrupt:
        print_error("stopped; run the same command again to resume the download")
        raise
    if as_json:
        statuses = [_status(encoder, weights) for encoder in encoders]
        print_statuses(statuses, weights.folder, as_json=True)
    raise typer.Exit(0 if all(succeeded) else 1)


@app.command()
def verify(names: AnyNames = None, as_json: Json = False) -> None:
    """Verify the checksums of weights.

    The exit code is 1 if weights are wrong, or if the weights of a named encoder are missing.
    A catalogue encoder that lacks the files of its text tower does not count as faulty: it just
    cannot search by words.

    Example: lookalike weights verify resnet50
    """
    weights = _open_weights(Settings())
    encoders = _describe(names or list(ENCODERS))
    statuses = [_status(encoder, weights) for encoder in encoders]
    if not names:
        statuses = [row for row in statuses if row.images.status.state != "missing"]
    print_statuses(statuses, weights.folder, as_json=as_json)
    faulty = [file for row in statuses for file in (row.images, *row.text) if _is_faulty(file, row)]
    for file in faulty:
        print_error(file.status.detail)
    raise typer.Exit(1 if faulty else 0)


@app.command()
def check(names: Names, as_json: Json = False) -> None:
    """Load networks and try them on drawn images; above all, your own.

    The exit code is 1 if a file or its description is wrong; the message says what to correct.

    Example: lookalike weights check my-encoder
    """
    try:
        from lookalike.cli.server.weights_check import try_network
    except ModuleNotFoundError as exc:
        raise NotInstalled(f"{exc}; run this command where a worker runs") from exc
    settings = Settings()
    weights, encoders = _open_weights(settings), _describe(names)
    trials = []
    for encoder in encoders:
        try:
            trials.append(try_network(encoder, weights, settings))
        except CoreError as exc:
            print_error(str(exc))
    if as_json:
        print_json([asdict(trial) for trial in trials])
    else:
        typer.echo("\n".join(map(str, trials)), nl=bool(trials))
    raise typer.Exit(0 if len(trials) == len(encoders) else 1)


def _open_weights(settings: Settings) -> WeightsLookup:
    """Return the weights on this machine, after adding one's own encoders to the catalogue.

    Raises:
        InvalidInput: a checksum's encoder is unknown.
    """
    add_own_encoders(settings.weights)
    digests = settings.encoders.weights_sha256
    for name in digests:
        if name not in ENCODERS:
            raise InvalidInput(
                f"LOOKALIKE_ENCODERS__WEIGHTS_SHA256: unknown encoder {name!r}; correct the name"
            )
    return WeightsLookup(settings.weights, digests)


def _status(encoder: EncoderDescription, weights: WeightsLookup) -> EncoderStatus:
    lookup = without_pins(weights)
    return EncoderStatus(
        FileStatus(encoder, weights.status(encoder)),
        [FileStatus(part, lookup.status(part)) for part in text_parts(encoder)],
    )


def _is_faulty(file: FileStatus, row: EncoderStatus) -> bool:
    """Return whether a file keeps its encoder from being used."""
    is_optional = file in row.text and not isinstance(row.images.encoder.weights, OwnWeights)
    return file.status.state == "wrong" or (file.status.state == "missing" and not is_optional)


def _describe(names: list[str]) -> list[EncoderDescription]:
    try:
        return [describe(name) for name in names]
    except InvalidInput as exc:
        raise typer.BadParameter(str(exc)) from exc


def _download(
    encoder: EncoderDescription, weights: WeightsLookup, mirror: str | None, *, quiet: bool
) -> bool:
    """Download weights and return whether that succeeded; print the file or the error."""
    try:
        with download_bar(encoder.name) as progress:
            path = download_weights(encoder, weights, mirror=mirror, progress=progress)
        sha256 = weights.require(encoder).sha256
    except CoreError as exc:
        print_error(str(exc))
        return False
    if not quiet:
        typer.echo(f"{encoder.name}: {path}, sha256 {sha256}")
        published = encoder.weights if isinstance(encoder.weights, PublishedWeights) else None
        if published and not (published.md5 or published.sha256):
            _suggest_digest(encoder.name, sha256, weights)
    return _download_text_tower(encoder, weights, mirror, quiet=quiet)


def _download_text_tower(
    encoder: EncoderDescription, weights: WeightsLookup, mirror: str | None, *, quiet: bool
) -> bool:
    """Download the network of the text tower, if one is published; say what else it needs."""
    network = published_text_network(encoder)
    if network is None or encoder.text_files is None:
        return True
    lookup, tokenizer = without_pins(weights), encoder.text_files.tokenizer
    try:
        with download_bar(f"{encoder.name}, text tower") as progress:
            path = download_weights(network, lookup, mirror=mirror, progress=progress)
    except CoreError as exc:
        print_error(str(exc))
        return False
    if not quiet:
        typer.echo(f"{encoder.name}, text tower: {path}")
        if tokenizer.path(weights.folder) is None:
            typer.echo(
                "  to search by words, download the publisher's tokenizer.json yourself, since "
                f"there is no checksum of it, to {weights.folder.absolute() / tokenizer.file}"
            )
    return True


def _suggest_digest(name: str, sha256: str, weights: WeightsLookup) -> None:
    if name not in weights.pins:
        digests = json.dumps({**weights.pins, name: sha256})
        typer.echo(
            "  the publisher gives no checksum; to detect a changed file in the future, "
            f"set LOOKALIKE_ENCODERS__WEIGHTS_SHA256='{digests}'"
        )
