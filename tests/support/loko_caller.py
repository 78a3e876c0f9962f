# ruff: noqa: C901, E731, PLR0912, PLR0915, TRY, PTH, SIM, PLW, N
"""Calls a block's route and reads the response as a Loko AI flow does.

Requests look like the recordings in tests/data/loko; an error of the flow is a BlockError.
"""

import http.client
import json
import mimetypes
import os
import time
import uuid
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

ACCEPT = {"local": "application/jsonl,application.json,*/*", "global": "*/*"}
RESERVED_ARGS = {
    "id",
    "name",
    "headers",
    "gateway",
    "project_id",
    "session",
    "self",
    "funs",
    "propagate",
    "comment",
    "alias",
    "debug",
    "input",
    "service",
    "value",
    "v",
}
MAX_LINE = 131072


class BlockError(Exception):
    """The error that the user of the flow sees; `emitted` are the messages sent before it."""

    emitted = ()


def block_args(block, values=None, node_id=None, headers=None):
    ui = {"comment": "", "alias": "", "debug": False}
    v = {k: x for k, x in {**ui, **(values or {})}.items() if x is not None}
    return {"id": node_id or str(uuid.uuid4()), "name": block, "headers": headers or {}, **v}


def encode(value, args, file=None, boundary=None):
    """Return the content type and body. `file`: a path, or (filename, bytes[, content type])."""
    if file is None:
        return "application/json", json.dumps({"value": value, "args": args}).encode()
    if isinstance(file, (str, os.PathLike)):
        file = (Path(file).name, Path(file).read_bytes())
    name, data, *ct = file
    ct = ct[0] if ct else (mimetypes.guess_type(name)[0] or "application/octet-stream")
    b, a = boundary or uuid.uuid4().hex, json.dumps(args).encode()
    part = lambda ct, field, fn, d: (
        (
            f'--{b}\r\nContent-Type: {ct}\r\nContent-Disposition: form-data; name="{field}"; '
            f'filename="{quote(fn, safe="")}"\r\nContent-Length: {len(d)}\r\n\r\n'
        ).encode()
        + d
        + b"\r\n"
    )
    body = (
        part(ct, "file", name, data)
        + part("text/plain; charset=utf-8", "args", "args", a)
        + f"--{b}--\r\n".encode()
    )
    return f"multipart/form-data; boundary={b}", body


def call_block(
    base_url,
    service,
    value=None,
    file=None,
    block="Block",
    values=None,
    kind="local",
    project="project",
    timeout=300,
    node_id=None,
    headers=None,
    _hops=0,
):
    if service.startswith("/"):
        raise BlockError(f"Problems with extension '{project}' - {service}")
    ct, body = encode(value, block_args(block, values, node_id, headers), file)
    u = urlsplit(base_url.rstrip("/") + "/" + service)
    conn = http.client.HTTPConnection(u.hostname, u.port or 80, timeout=timeout)
    fail = lambda e: BlockError(f"Problems with extension '{project}' - {e}")
    deadline, out = (
        time.monotonic() + timeout,
        [],
    )  # the limit applies to the whole call, including streams
    try:
        conn.putrequest(
            "POST",
            (u.path or "/") + ("?" + u.query if u.query else ""),
            skip_host=True,
            skip_accept_encoding=True,
        )
        for k, v in (
            ("host", "gateway:8080"),
            ("accept", ACCEPT[kind]),
            ("accept-encoding", "gzip, deflate"),
            ("user-agent", "Python/3.10 aiohttp/3.8.1"),
            ("content-length", str(len(body))),
            ("content-type", ct),
        ):
            conn.putheader(k, v)
        conn.endheaders(body)
        sock = conn.sock
        r = conn.getresponse()
        rct = (
            (r.getheader("content-type") or "application/octet-stream")
            .split(";")[0]
            .strip()
            .lower()
        )
        if r.status in (307, 308) and _hops < 5:
            nxt = urlsplit(urljoin(u.geturl(), r.getheader("location")))
            return call_block(
                f"{nxt.scheme}://{nxt.netloc}",
                nxt.path.lstrip("/"),
                value,
                file,
                block,
                values,
                kind,
                project,
                timeout,
                node_id,
                headers,
                _hops + 1,
            )
        if rct == "application/jsonl":  # status ignored!
            while True:
                sock.settimeout(max(0.01, deadline - time.monotonic()))
                try:
                    line = r.readline()
                    if not line:
                        return out  # also if the connection was cut: no error
                    if len(line) > MAX_LINE:
                        raise fail("Chunk too big")
                    out.append(json.loads(line))
                except ValueError as e:
                    raise BlockError(str(e)) from e
                except TimeoutError:
                    raise BlockError("") from None
        data = r.read()
    except BlockError as e:
        e.emitted = tuple(out)
        raise
    except TimeoutError:
        raise fail("") from None  # Loko shows an empty reason
    except (OSError, http.client.HTTPException) as e:
        raise fail(e) from e
    finally:
        conn.close()
    if rct == "text/html":
        return [data.decode()]  # status ignored!
    if rct != "application/json":
        return [data]  # status ignored! next block cannot take bytes
    if r.status != 200:  # 201/202/4xx/5xx alike
        raise fail(data.decode().strip('"'))
    res = json.loads(data) if data.strip() else None
    return list(res) if isinstance(res, list) and res else [res]  # a list becomes N messages


def lint_components(path):
    """Return the problems of a components.json, by the rules of Loko."""
    p, bad, block_names = Path(path), [], set()
    for c in json.loads(p.read_text()):
        n = c.get("name")
        if not n or n in block_names:
            bad.append(f"block name missing or duplicate: {n!r}")
        block_names.add(n)
        if {"args", "values", "pname"} & set(c):
            bad.append(f"{n}: args/values/pname must not be top-level keys")
        outs = {o["id"] for o in c.get("outputs", [])}
        ins = [i["id"] for i in c.get("inputs", [])]
        if len(set(ins)) != len(ins):
            bad.append(f"{n}: duplicate input id")
        if c.get("click") and "input" not in ins:
            bad.append(f"{n}: a startable block needs an input with id 'input'")
        for i in c.get("inputs", []):
            if i.get("service", "").startswith("/"):
                bad.append(f"{n}.{i['id']}: service must not start with '/'")
            if i.get("to", "output") not in outs:
                bad.append(f"{n}.{i['id']}: 'to' names no output")
        names = [a["name"] for a in c["options"]["args"]]
        bad += [f"{n}: arg name {x!r} is reserved" for x in names if x in RESERVED_ARGS]
        if len(set(names)) != len(names):
            bad.append(f"{n}: duplicate arg name")
        for a in c["options"]["args"]:
            if a["type"] == "asyncSelect" and not a.get("url"):
                bad.append(f"{n}.{a['name']}: asyncSelect without url")
            if a["type"] == "dynamic" and a.get("parent") not in names:
                bad.append(f"{n}.{a['name']}: parent is not an arg")
    return bad
