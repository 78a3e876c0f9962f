"""The training report as tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import typer

from lookalike.cli.output.tables import Column, print_table
from lookalike.cli.output.texts import counted, time_text
from lookalike.training import Training

Report = Mapping[str, Any]
"""A `TrainingReport` as JSON."""


def rollback_text(training: Training) -> str:
    """Return the effect of a rollback, as text to append to a line; "" without a rollback."""
    if training.rolled_back_at is None:
        return ""
    candidate = f"; {training.candidate} is kept" if training.candidate else ""
    since = time_text(training.rolled_back_at)
    return f"; rolled back {since}: new trainings are not published{candidate}"


def show_report(training: Training) -> None:
    """Print the generation being served and its training report."""
    if training.refusal:
        typer.echo(f"the newest training run was refused: {training.refusal}")
    if training.generation is None or training.report is None:
        if not training.refusal:
            typer.echo("nothing has been trained yet; add sales: lookalike sales add FILE -c NAME")
        return
    stale = "; stale: sales, items or vectors have changed since" if training.stale else ""
    trained = f"trained {time_text(training.trained_at)}{stale}{rollback_text(training)}"
    typer.echo(f"generation {training.generation}, {trained}")
    print_report(training.report)


def print_report(report: Report) -> None:
    """Print what the report means for the shop, then the figures for specialists."""
    _print_summary(report)
    typer.echo(
        f"learned from {report['order_lines']:,} order lines, {report['users']:,} customers, "
        f"{report['items']:,} SKUs"
    )
    _print_uncounted(report.get("uncounted") or [])
    _print_ignored(report["ignored"])
    split = report["split"]
    days = split["days"]
    held_out = "some orders of each customer" if days is None else f"the last {days:.3g} days"
    typer.echo(
        f"hold-out: {held_out}; {split['training_lines']:,} lines to learn from, "
        f"{split['holdout_lines']:,} to measure by"
    )
    if report["holdout"]:
        print_table(report["holdout"].items(), _RANKINGS, "\nOn the hold-out")
    if best_algorithm := report["summary"]["best_algorithm"]:
        typer.echo(f"\n{best_algorithm}")
    reason = report["decision"]["reason"]
    typer.echo(f"\n{reason[:1].upper()}{reason[1:]}.")
    if report["segments"]:
        print_table(report["segments"], _SEGMENTS, "\nBy segment, ours and popularity")
    weights = report["weights"]["algorithms"]
    rows = sorted(weights.items(), key=lambda row: -row[1])
    print_table(rows, _WEIGHTS, "\nChosen weights")
    if candidates := report["validation"]:
        typer.echo(f"\nchosen from {len(candidates):,} candidates; --json lists them")
    stages = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in report["seconds"].items())
    typer.echo(f"seconds: {stages}; {sum(report['seconds'].values()):.2f} in total")


def _print_summary(report: Report) -> None:
    summary, catalogue = report["summary"], report["catalogue"] or {"sentence": ""}
    repurchase = report["repurchase"]["reason"]
    findings = [catalogue["sentence"], repurchase and f"{repurchase[:1].upper()}{repurchase[1:]}."]
    for sentence in filter(None, [*summary["sentences"], *findings]):
        typer.echo(f"\n{sentence}")
    if summary["examples"]:
        print_table(summary["examples"], _EXAMPLES, "\nExamples of lists")
        typer.echo(summary["examples_are"])
    typer.echo("\nFor specialists:")


def _hits(example: Report) -> str:
    return ", ".join(sku for sku in example["bought"] if sku in example["recommended"]) or "-"


def _bought(example: Report) -> str:
    others = example["bought_count"] - len(example["bought"])
    return ", ".join([*example["bought"], *([f"{others:,} more"] if others else [])])


def _print_uncounted(uncounted: Sequence[Report]) -> None:
    for rows in uncounted:
        such = f", such as {_places(rows['examples'])}" if rows["examples"] else ""
        number = counted(rows["lines"], "order line")
        typer.echo(f"not counted: {number}: {rows['reason']}{such}")


def _places(examples: Sequence[Report]) -> str:
    """Return places in files as text: "line 7 of sales.csv, lines 2, 3 of more.csv"."""
    by_file: dict[str, list[str]] = {}
    for row in examples:
        by_file.setdefault(row["file"], []).append(str(row["line"]))
    return ", ".join(
        f"line{'s' if len(lines) > 1 else ''} {', '.join(lines)} of {file}"
        for file, lines in by_file.items()
    )


def _print_ignored(ignored: Report) -> None:
    for note in ignored["notes"]:
        typer.echo(f"note: {note}")
    for row in ignored["customers"]:
        typer.echo(
            f"note: customer {row['customer']} has {row['orders']:,} orders, {row['share']:.1%} of "
            "all, too many for one person; nothing was learned from them"
        )


def _metric(metrics: Report, name: str, format: str = ".4f") -> str:
    return "-" if metrics[name] is None else f"{metrics[name]:{format}}"


_EXAMPLES: tuple[Column, ...] = (
    ("customer with", lambda row: row["label"]),
    ("found", _hits),
    ("bought next", _bought),
    ("was shown", lambda row: ", ".join(row["recommended"])),
)
_RANKINGS: tuple[Column, ...] = (
    ("ranking", lambda row: "ours" if row[0] == "blend" else row[0]),
    ("NDCG@10", lambda row: _metric(row[1], "ndcg_at_10")),
    ("recall@20", lambda row: _metric(row[1], "recall_at_20")),
    ("MAP@12", lambda row: _metric(row[1], "map_at_12")),
    ("coverage", lambda row: _metric(row[1], "coverage_at_10", ".1%")),
    ("cold", lambda row: _metric(row[1], "cold_share_at_10", ".1%")),
    ("hits", lambda row: _metric(row[1], "hit_rate_at_10", ".1%")),
    ("customers", lambda row: f"{row[1]['users']:,}"),
)
_SEGMENTS: tuple[Column, ...] = (
    ("segment", lambda row: row["segment"]),
    ("NDCG@10", lambda row: _metric(row["model"], "ndcg_at_10")),
    ("popularity", lambda row: _metric(row["popularity"], "ndcg_at_10")),
    ("recall@20", lambda row: _metric(row["model"], "recall_at_20")),
    ("popularity", lambda row: _metric(row["popularity"], "recall_at_20")),
    ("customers", lambda row: f"{row['users']:,}"),
)
_WEIGHTS: tuple[Column, ...] = (
    ("algorithm", lambda row: row[0]),
    ("weight", lambda row: f"{row[1]:g}"),
)
