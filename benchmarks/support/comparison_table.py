"""Prints comparisons of recommenders as a table, a row each."""

from benchmarks.support.comparison import OURS, Comparison, Mean
from benchmarks.support.peers import PEERS
from benchmarks.support.repeat_peers import REPEAT_PEERS

COLUMNS = [*PEERS, *REPEAT_PEERS, OURS]
NAME_WIDTH, WIDTH = 50, 14
LAST = ("best peer", "ours - best", "in errors", "seconds", "coverage@10")


def print_header() -> None:
    """Print the names of the columns."""
    names = [*COLUMNS, *LAST]
    title = "NDCG@10 ± standard error, customers"
    print(f"{title:{NAME_WIDTH}}" + "".join(f"{name:>{WIDTH}}" for name in names), flush=True)


def print_row(comparison: Comparison) -> None:
    """Print the NDCG@10 of all recommenders, then how ours compares with the best other one."""
    measurements = comparison.measurements
    own, best = measurements[OURS], comparison.best_peer
    lead = comparison.lead(best)
    cells = [
        *(
            str(Mean.of(measurements[name].ndcg)) if name in measurements else ""
            for name in COLUMNS
        ),
        best,
        str(lead),
        f"{lead.value / lead.error:+.1f}" if lead.error else "",
        f"{own.seconds:.1f}",
        f"{own.coverage:.3f}",
    ]
    name = f"{comparison.name}, {len(own.ndcg):,}"
    print(f"{name:{NAME_WIDTH}}" + "".join(f"{cell:>{WIDTH}}" for cell in cells), flush=True)
    for peer, reason in comparison.skipped.items():
        print(f"    {peer} skipped: {reason}", flush=True)
