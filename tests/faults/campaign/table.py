"""Formats the results of a campaign as a table."""

HEAD = (
    "seed  kills  images  deleted  jobs  polls 200/503/none  searches 200/503/none  "
    "lists 200/404/503/none  fill/train/delete s  recovery s  jobs end s  total s  result"
)


def format_row(run):
    polls, searches = (
        _counts(run.responses.get(activity, {}), 200, 503, 0) for activity in ("polls", "searches")
    )
    lists = _counts(run.responses.get("lists", {}), 200, 404, 503, 0)
    phases = "/".join(f"{seconds:.0f}" for seconds in run.phases_s)
    return (
        f"{run.seed:>4}  {sum(run.kills.values()):>5}  {run.images:>6}  {run.deleted:>7}  "
        f"{run.jobs:>4}  {polls:>18}  {searches:>21}  {lists:>22}  {phases:>19}  "
        f"{run.recovery_s:>10.1f}  {run.jobs_end_s:>10.1f}  {run.total_s:>7.1f}  "
        f"{run.violation or 'all held'}"
    )


def format_kills(runs):
    """Say how often each process was killed, over all runs."""
    total = {}
    for run in runs:
        for name, count in run.kills.items():
            total[name] = total.get(name, 0) + count
    return "killed: " + ", ".join(f"{name} {count}" for name, count in sorted(total.items()))


def _counts(responses, *statuses):
    return "/".join(str(responses.get(status, 0)) for status in statuses)
