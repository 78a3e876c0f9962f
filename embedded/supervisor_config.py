"""Renders the configuration file of supervisord for the processes of the stack."""

import re
import sys
from pathlib import Path

from embedded.processes import Process

DIE_WITH_PARENT = (sys.executable, "-I", "-S", str(Path(__file__).with_name("die_with_parent.py")))

_MAIN = """\
[supervisord]
nodaemon = true
silent = true
pidfile = run/supervisord.pid
logfile = logs/supervisord.log
logfile_maxbytes = 10MB
logfile_backups = 3

[unix_http_server]
file = {socket}
chmod = 0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""
_PROGRAM = """
[program:{name}]
command = {command}
directory = %(ENV_LOOKALIKE_ROOT)s
environment = {environment}
priority = {priority}
autostart = false
autorestart = true
startsecs = 15
startretries = 1000000
stopwaitsecs = {stop_timeout_s}
killasgroup = true
redirect_stderr = true
stdout_logfile = logs/{name}.log
stdout_logfile_maxbytes = {log_mb}MB
stdout_logfile_backups = 3
"""
_GROUP = """
[group:{name}]
programs = {programs}
priority = {priority}
"""


def render_config(processes: list[Process], socket: Path) -> str:
    """Return the text of supervisord.conf; supervisord stops the processes in reverse order."""
    text = _MAIN.format(socket=socket)
    groups: dict[str, list[str]] = {}
    for priority, process in enumerate(processes, 1):
        command = (*DIE_WITH_PARENT, "--nice", str(process.nice), "--", *process.command)
        text += _PROGRAM.format(
            name=process.name,
            command=" ".join(map(_escape, command)),
            environment=",".join(f'{key}="{word}"' for key, word in process.environment.items()),
            priority=priority,
            stop_timeout_s=process.stop_timeout_s,
            log_mb=process.log_mb,
        )
        groups.setdefault(process.group or process.name, []).append(process.name)
    for priority, (name, members) in enumerate(groups.items(), 1):
        text += _GROUP.format(name=name, programs=",".join(members), priority=priority)
    return text


def _escape(word: str) -> str:
    # shlex.quote would not escape " ;" and " #", which begin a comment in this format
    return re.sub(r"([^\w@%+=:,./-])", r"\\\1", word).replace("%", "%%") or "''"
