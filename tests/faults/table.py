"""The table of runs."""

HEAD = (
    "seed  kills  pictures  deleted  jobs  polls 200/503/none  searches 200/503/none  "
    "lists 200/404/503/none  fill/train/delete s  back s  ended s  took s  result"
)


def row(run):
    polls, searches = (_counts(run.watched.get(w, {}), 200, 503, 0) for w in ("polls", "searches"))
    lists = _counts(run.watched.get("lists", {}), 200, 404, 503, 0)
    phases = "/".join(f"{took:.0f}" for took in run.phases_s)
    return (
        f"{run.seed:>4}  {sum(run.kills.values()):>5}  {run.pictures:>8}  {run.deleted:>7}  "
        f"{run.jobs:>4}  {polls:>18}  {searches:>21}  {lists:>22}  {phases:>19}  "
        f"{run.back_s:>6.1f}  {run.ended_s:>7.1f}  {run.took_s:>6.1f}  {run.broken or 'all held'}"
    )


def kills(runs):
    """How often each part was killed, over all runs."""
    total = {}
    for run in runs:
        for name, times in run.kills.items():
            total[name] = total.get(name, 0) + times
    return "killed: " + ", ".join(f"{name} {times}" for name, times in sorted(total.items()))


def _counts(seen, *statuses):
    return "/".join(str(seen.get(status, 0)) for status in statuses)
