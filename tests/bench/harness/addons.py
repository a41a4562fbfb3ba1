"""What the shipped addons cost. The variants of a scenario run side by side and are measured in short turns, so that a slow spell of the machine hits all of
them: what one addon costs is a small difference between big numbers."""

import functools
import http.client
import json
import re
import ssl
import statistics
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from harness import bodies, machine
from harness.load import Load
from harness.processes import BenchError
from harness.proxies import Job, Mitmproxy, Nginx, Proxy, ScriptProxyWith

ALREADY_MASKED = {"api_key": "***", "expect_header": None}
RULES = 1000


@dataclass
class Variant:
    """One row: a proxy as it is started, what is asked of it, and a check that it does what the row says."""

    name: str
    title: str
    proxy: Proxy
    request: dict = field(default_factory=dict)
    check: Callable = lambda: None
    after: Callable = lambda: {}     # figures that are known once the proxy has ended


def addons(setup, ours, peers, timing):
    """Requests of 1 KB as in `https`, through the proxy without any addon, with all of them loaded and none set, and with one at work."""
    def variant(name, title, *arguments, request=ALREADY_MASKED, **more):
        return Variant(name, title, ScriptProxyWith(ours, name, title, *arguments), request, **more)

    rules, log = setup.work / "policy.json", setup.work / "access.log"
    rules.write_text(json.dumps(_policy_rules()))
    log.unlink(missing_ok=True)
    loaded = variant("loaded", "copies of all shipped addons loaded, nothing set", "--addons", _copies(ours, setup.work / "copies"))
    policy = variant("policy", f"policy, {RULES} rules", "--set", f"policy.rules=@{rules}")
    access_log = variant("access-log", "access-log, one file", "--set", f"access-log.logs={{file: {log}}}")
    loaded.check = functools.partial(_has_loaded, loaded.proxy, len(list((setup.work / "copies").iterdir())))
    policy.check = functools.partial(_is_denied, setup, policy.proxy)
    access_log.after = functools.partial(_dropped, access_log.proxy, log)
    variants = [
        variant("bare", "no addon", "--no-default-addons"),
        variant("shipped", "as it ships, nothing set"),
        loaded,
        variant("mask", "mask, one header", "--set", "mask.rules={headers: [X-Api-Key], on: [record, origin]}", request={"expect_header": None}),
        policy,
        access_log,
    ]
    return _in_turns(setup, variants, timing, connections=64)


def mask_json(setup, ours, peers, timing):
    """JSON bodies of 114 KB, two values of each of 400 records masked on their way to the client."""
    request = ALREADY_MASKED | {"path": f"/{bodies.JSON_FILE}"}
    plain, masked = request | {"expect": setup.origin.json_size}, request | {"expect": setup.origin.masked_json_size}
    variants = [
        Variant("bare", "no addon, bodies pass", ScriptProxyWith(ours, "bare", "ScriptProxy", "--no-default-addons"), plain),
        Variant("mask", "mask, two JSON paths", ScriptProxyWith(ours, "mask", "ScriptProxy", "--set", "mask.rules={json: [$..email, '$.users[*].phone'], on: [client]}"), masked),
    ]
    variants += [Variant("mitmproxy", "mitmproxy, the same by json", peer, masked) for peer in peers if isinstance(peer, Mitmproxy)]
    for variant in variants:
        variant.proxy.job = Job(masks_json=True)
    return _in_turns(setup, variants, timing, connections=16)


def go_cache(setup, ours, peers, timing):
    """Files of a Go module from the cache on disk, as a GOPROXY over plain HTTP, and nginx serving the same files."""
    target = f"{setup.origin.host}:{setup.origin.http_port}"
    cache = ScriptProxyWith(ours, "go", "ScriptProxy", "--mode", f"reverse:http://{target}", "--set", f"go-modules.directory={setup.work / 'go-cache'}",
                            "--set", f"go-modules.hosts={setup.origin.host}")
    variants = []
    for kind, size in setup.origin.go_sizes.items():
        request = {"via": "relay", "target": target, "path": f"/{bodies.GO_MODULE}/@v/v1.0.0.{kind}", "expect": size}
        title = f".{kind} of {size / 1024:,.0f} KB"
        variants.append(Variant(f"ours-{kind}", f"ScriptProxy, {title}", cache, request | {"expect_header": "X-Cache: HIT"}, functools.partial(_is_kept, cache, request)))
        variants += [Variant(f"nginx-{kind}", f"nginx, {title}", peer, request | {"expect_header": "Accept-Ranges: bytes"}) for peer in peers if isinstance(peer, Nginx)]
    for variant in variants:
        variant.proxy.job = Job(serves_files=True)
    return _in_turns(setup, variants, timing, connections=64)


GROUPS = {group.__name__: group for group in (addons, mask_json, go_cache)}


def expected_seconds(name, timing):
    """About how long one round of a group takes: starts and warming up of its proxies one after another, then the turns."""
    compiled_while_running, others = {"addons": (6, 0), "mask_json": (2, 1), "go_cache": (2, 2)}[name]
    turns = timing.turns * (timing.wake + timing.turn + 0.4)
    return compiled_while_running * (3 + timing.warmup + turns) + others * (1 + timing.warmup_compiled + turns)


# ---- Turns ------------------------------------------------------------------------------------------------------------------------

def _in_turns(setup, variants, timing, connections):
    proxies = list({id(variant.proxy): variant.proxy for variant in variants}.values())
    turns = {variant.name: [] for variant in variants}
    failures = {}
    try:
        for variant in variants:
            try:
                if variant.proxy.process is None:
                    variant.proxy.start()
                variant.check()
                warmup = Load(setup, variant.proxy, connections=connections, seconds=timing.warmup_of(variant.proxy), **variant.request).result()
                if warmup["errors"]:
                    raise BenchError(warmup["first_error"])
            except BenchError as error:
                failures[variant.name] = str(error)
        for _ in range(timing.turns):
            for variant in variants:
                if variant.name not in failures:
                    turns[variant.name].append(_turn(setup, variant, proxies, timing, connections))
        memory = {variant.name: machine.memory_mb(variant.proxy.pid) for variant in variants if variant.name not in failures}
    finally:
        for proxy in proxies:
            proxy.stop()
            proxy.job = Job()
    rows = [_row(variant, failures.get(variant.name), turns[variant.name], memory.get(variant.name)) for variant in variants]
    if "cpu_per_10k" in rows[0]:
        for row in rows[1:]:
            if "cpu_per_10k" in row:
                row["extra_us"] = (row["cpu_per_10k"] - rows[0]["cpu_per_10k"]) * 1e6 / 10_000
    return rows


def _turn(setup, variant, proxies, timing, connections):
    running = Load(setup, variant.proxy, connections=connections, warmup=timing.wake, seconds=timing.turn, **variant.request)
    running.wait_for("measuring")
    foreign = machine.ForeignLoad([running.process.pid, setup.origin.process.pid, *(proxy.pid for proxy in proxies if proxy.process)])
    before = machine.cpu_seconds(variant.proxy.pid)
    running.wait_for("done")
    used = machine.cpu_seconds(variant.proxy.pid) - before
    foreign_cores = foreign.cores()
    return running.result() | {"cpu_seconds": used, "foreign_cores": foreign_cores}


def _row(variant, failure, turns, memory):
    row = {"proxy": variant.name, "title": variant.title}
    if failure:
        return row | {"failed": failure}
    ok, seconds = sum(turn["ok"] for turn in turns), sum(turn["seconds"] for turn in turns)
    return row | variant.after() | {
        "ok": ok,
        "errors": sum(turn["errors"] + turn["warmup_errors"] for turn in turns),
        "warmup_errors": 0,
        "first_error": next((turn["first_error"] for turn in turns if turn["first_error"]), ""),
        "seconds": seconds,
        "per_second": ok / seconds,
        "mb_per_second": sum(turn["mb_per_second"] * turn["seconds"] for turn in turns) / seconds,
        "cpu_per_10k": sum(turn["cpu_seconds"] for turn in turns) / max(ok, 1) * 10_000,
        "p50_ms": statistics.median(turn["p50_ms"] for turn in turns),
        "p99_ms": statistics.median(turn["p99_ms"] for turn in turns),
        "memory_mb": memory,
        "foreign_cores": round(statistics.mean(turn["foreign_cores"] for turn in turns), 3),
    }


# ---- Whether the row does what it says --------------------------------------------------------------------------------------------

def _policy_rules():
    """Rules of which none decides about the requests that are measured, so that all are asked; the last denies /denied."""
    def rule(number):
        kind = number % 10
        if kind < 6:
            return {"action": "deny", "hosts": [f"*.ads{number}.example", f"tracker{number}.example"]}
        if kind < 8:
            return {"action": "deny", "paths": [f"/internal/{number}/*"]}
        if kind == 8:
            return {"action": "require-header", "hosts": [f"api{number}.example"], "header": "X-Team"}
        return {"action": "deny", "filter": f"~u /legacy{number}/"}
    return [{"name": f"rule {number}"} | rule(number) for number in range(RULES - 1)] + [{"name": "the last", "action": "deny", "paths": ["/denied"]}]


def _copies(ours, folder):
    """Of its own addons the proxy loads those alone that are set. A changed copy is a script of the user's."""
    folder.mkdir(exist_ok=True)
    for script in (ours.program / "addons").glob("*.csx"):
        (folder / script.name).write_text(script.read_text() + "\n// a copy\n")
    return folder


def _is_denied(setup, proxy):
    connection = http.client.HTTPSConnection("127.0.0.1", proxy.port, context=ssl.create_default_context(cafile=str(proxy.root)), timeout=20)
    connection.set_tunnel(setup.origin.host, setup.origin.https_port)
    status, _, body = _get(connection, "/denied")
    if status != 403 or b"the last" not in body:
        raise BenchError(f"policy answers {status} where its last rule denies")


def _is_kept(proxy, request):
    """The first request fetches a file, all others find it."""
    status, cache, body = _get(http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=20), request["path"])
    if status != 200 or len(body) != request["expect"] or cache not in ("MISS", "HIT"):
        raise BenchError(f"go-modules answers {status} with {len(body)} bytes, X-Cache {cache}")


def _get(connection, path):
    try:
        connection.request("GET", path, headers={"X-Api-Key": "***"})
        answer = connection.getresponse()
        return answer.status, answer.getheader("X-Cache"), answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise BenchError(f"it does not answer: {error}") from None
    finally:
        connection.close()


def _has_loaded(proxy, expected):
    answer = subprocess.run([proxy.program, "addons", "--ca-dir", proxy.root.parent, "--json"], capture_output=True, text=True, check=False)
    loaded = len(json.loads(answer.stdout)["addons"]) if answer.returncode == 0 else 0
    if loaded != expected:
        raise BenchError(f"{loaded} of {expected} addons are loaded {answer.stderr.strip()}")


def _dropped(proxy, log: Path):
    with open(log, "rb") as lines:
        written = sum(block.count(b"\n") for block in iter(lambda: lines.read(1 << 20), b""))
    missing = sum(map(int, re.findall(r"(\d+) entries are missing", proxy.log.read_text(errors="replace"))))
    log.unlink()
    if written == 0:
        raise BenchError("the access log is empty")
    return {"dropped_percent": 100 * missing / (written + missing)}

