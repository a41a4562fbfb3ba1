"""What is measured. Each scenario takes a proxy that is not running, starts it, warms it up, measures, and returns figures; the caller stops it."""

import time
from dataclasses import dataclass

from harness import h2load, load, machine, origin
from harness.h2load import H2Body, H2Load
from harness.load import Load
from harness.processes import BenchError
from harness.proxies import Job


@dataclass(frozen=True)
class Timing:
    """How long things take, in seconds."""

    warmup: float
    measure: float
    settle: float            # between the last idle connection and the reading of its cost
    deadline: float = 180    # for a big body, or for all idle connections to stand
    starts: int = 3
    warm: float = 5          # after a cached start, until the compiler has been loaded beside traffic
    warmup_compiled: float = 3
    turns: int = 3           # of each variant of an addon scenario, within each round
    turn: float = 2
    wake: float = 3          # of load before each turn: what slept meanwhile has lost its caches, on some systems its memory too

    def warmup_of(self, proxy):
        """What was compiled beforehand, or never is, is as fast as it gets once its connections and caches are there."""
        return self.warmup if proxy.compiles else min(self.warmup, self.warmup_compiled)


KEEP_ALIVE, NEW_AT_ONCE, IDLE = 64, 16, 2000


class _Watch:
    """CPU time of the proxy, of load generator and origin, and of everybody else, from now on."""

    def __init__(self, setup, proxy, running):
        self._proxy, self._load = proxy.pid, [running.process.pid, setup.origin.process.pid]
        self._foreign = machine.ForeignLoad([self._proxy, *self._load])
        self._began, self._before = time.monotonic(), self._used()

    def _used(self):
        return machine.cpu_seconds(self._proxy), sum(map(machine.cpu_seconds, self._load))

    def figures(self):
        elapsed = time.monotonic() - self._began
        proxy, load_side = (now - before for now, before in zip(self._used(), self._before))
        return {"cpu_seconds": round(proxy, 3), "proxy_cores": round(proxy / elapsed, 3), "load_cores": round(load_side / elapsed, 3),
                "foreign_cores": round(self._foreign.cores(), 3)}


def _keep_result(result):
    return {name: result[name] for name in ("ok", "errors", "warmup_errors", "first_error", "seconds")}


def _requests(setup, proxy, timing, **options):
    proxy.start()
    load.probe(setup, proxy)
    return _measured(setup, proxy, Load(setup, proxy, warmup=timing.warmup_of(proxy), seconds=timing.measure, **options))


def _http2_requests(setup, proxy, timing):
    proxy.start()
    h2load.probe(setup, proxy)
    return _measured(setup, proxy, H2Load(setup, proxy, timing.warmup_of(proxy), timing.measure))


def _measured(setup, proxy, running):
    running.wait_for("measuring")
    watch = _Watch(setup, proxy, running)
    running.wait_for("done")
    figures = watch.figures()
    result = running.result()
    return figures | _keep_result(result) | {
        "per_second": result["per_second"],
        "cpu_per_10k": figures["cpu_seconds"] / max(result["ok"], 1) * 10_000,
        "p50_ms": result["p50_ms"],
        "p99_ms": result["p99_ms"],
        "memory_mb": machine.memory_mb(proxy.pid),
    }


def https(setup, proxy, timing):
    """Intercepted HTTPS: requests of 1 KB one after another on 64 connections."""
    return _requests(setup, proxy, timing, connections=KEEP_ALIVE)


def plain(setup, proxy, timing):
    """The same without TLS, in absolute form."""
    return _requests(setup, proxy, timing, connections=KEEP_ALIVE, plain=True)


def connections(setup, proxy, timing):
    """New connections: CONNECT, a full TLS handshake, one request, an orderly close; 16 at once."""
    return _requests(setup, proxy, timing, connections=NEW_AT_ONCE, pattern="new")


def _transfer(setup, proxy, timing, warm, measured):
    proxy.start()
    load.probe(setup, proxy)
    warmed = load.run(setup, proxy, connections=1, seconds=timing.warmup_of(proxy), **warm)
    return _transferred(setup, proxy, timing, lambda: Load(setup, proxy, pattern="once", seconds=timing.deadline, **measured), warmed["errors"])


def _transferred(setup, proxy, timing, begin, warmup_errors):
    time.sleep(0.5)
    before = machine.memory_mb(proxy.pid)
    machine.reset_peak_memory(proxy.pid)
    running = begin()
    running.wait_for("measuring")
    watch = _Watch(setup, proxy, running)
    running.wait_for("done")
    figures = watch.figures()
    peak = machine.peak_memory_mb(proxy.pid)
    result = running.result()
    if result["ok"] == 0:
        raise BenchError(result["first_error"] or f"not finished after {timing.deadline:.0f} s")
    result["warmup_errors"] = warmup_errors
    return figures | _keep_result(result) | {
        "mb_per_second": result["mb_per_second"],
        "cpu_per_gb": figures["cpu_seconds"] / (origin.HUGE / 1e9),
        "memory_before_mb": before,
        "peak_mb": peak,
        "growth_mb": peak - before,
    }


def download(setup, proxy, timing):
    """A response body of 1 GiB over intercepted HTTPS, one connection."""
    setup.origin.read_bodies()
    return _transfer(setup, proxy, timing, {"path": "/64m", "expect": origin.LARGE}, {"path": "/1g", "expect": origin.HUGE})


def upload(setup, proxy, timing):
    """A request body of 1 GiB over intercepted HTTPS, one connection."""
    answer = len(origin.UPLOAD_ANSWER)
    return _transfer(setup, proxy, timing,
                     {"path": f"/upload/{origin.LARGE}", "upload": origin.LARGE, "expect": answer},
                     {"path": f"/upload/{origin.HUGE}", "upload": origin.HUGE, "expect": answer})


def idle(setup, proxy, timing):
    """Memory of 2 000 intercepted connections that each made one request and now wait."""
    return _idle(setup, proxy, timing)


def _idle(setup, proxy, timing):
    proxy.start()
    load.probe(setup, proxy)
    load.run(setup, proxy, connections=16, seconds=timing.warmup_of(proxy))
    time.sleep(1)
    before = machine.memory_mb(proxy.pid)
    running = Load(setup, proxy, pattern="idle", connections=IDLE, seconds=timing.deadline)
    watch = _Watch(setup, proxy, running)
    if not running.wait_for("ready"):
        raise BenchError(running.result()["first_error"])
    time.sleep(timing.settle)
    figures = watch.figures()
    after = machine.memory_mb(proxy.pid)
    running.release()
    return figures | _keep_result(running.result()) | {
        "memory_before_mb": before,
        "memory_after_mb": after,
        "kb_per_connection": (after - before) * 1024 / IDLE,
    }


def _job(**what):
    """Runs a scenario with the proxy started for that; SCENARIOS[name].job says so."""
    job = Job(**what)

    def decorate(scenario):
        def measure(setup, proxy, timing):
            proxy.job = job
            try:
                return scenario(setup, proxy, timing)
            finally:
                proxy.stop()
                proxy.job = Job()
        measure.__name__, measure.__doc__, measure.job = scenario.__name__, scenario.__doc__, job
        return measure
    return decorate


@_job(relays=True)
def tunnel(setup, proxy, timing):
    """Small messages through tunnels that nobody reads: requests of 1 KB one after another on 64 connections."""
    return _requests(setup, proxy, timing, connections=KEEP_ALIVE)


@_job(relays=True)
def tunnel_download(setup, proxy, timing):
    """1 GiB through one tunnel."""
    setup.origin.read_bodies()
    return _transfer(setup, proxy, timing, {"path": "/64m", "expect": origin.LARGE}, {"path": "/1g", "expect": origin.HUGE})


@_job(relays=True)
def tunnel_idle(setup, proxy, timing):
    """Memory of 2 000 tunnels through which one request went, and which now wait."""
    return _idle(setup, proxy, timing)


@_job(client_http2=True)
def h2(setup, proxy, timing):
    """HTTP/2 clients, an HTTP/1.1 origin: requests of 1 KB, 10 at once on each of 16 connections."""
    return _http2_requests(setup, proxy, timing)


@_job(client_http2=True, origin_http2=True)
def h2_h2(setup, proxy, timing):
    """The same with an origin that speaks HTTP/2."""
    return _http2_requests(setup, proxy, timing)


@_job(origin_http2=True)
def h1_h2(setup, proxy, timing):
    """HTTP/1.1 clients, 64 connections, an HTTP/2 origin."""
    return _requests(setup, proxy, timing, connections=KEEP_ALIVE)


@_job(client_http2=True, origin_http2=True)
def h2_download(setup, proxy, timing):
    """A response body of 1 GiB from an HTTP/2 origin to an HTTP/2 client, one stream."""
    setup.origin.read_bodies()
    proxy.start()
    h2load.probe(setup, proxy)
    deadline = time.monotonic() + timing.warmup_of(proxy)
    while time.monotonic() < deadline:
        H2Body(setup, proxy, "/64m", origin.LARGE).result()
    return _transferred(setup, proxy, timing, lambda: H2Body(setup, proxy, "/1g", origin.HUGE), warmup_errors=0)


def start(setup, proxy, timing):
    """From the start of the process until it listens, and until a first intercepted request is answered."""
    foreign, began = machine.ForeignLoad([setup.origin.process.pid]), time.monotonic()
    proxy.launch()
    foreign.include(proxy.pid)
    proxy.wait()
    listening = time.monotonic() - began
    idle_memory = machine.memory_mb(proxy.pid)
    running = Load(setup, proxy, pattern="once", seconds=timing.deadline)
    result = running.result()
    answered = time.monotonic() - began
    if result["ok"] == 0:
        raise BenchError(result["first_error"] or "no answer to the first request")
    return _keep_result(result) | {"listening_s": listening, "answered_s": answered, "idle_mb": idle_memory, "memory_mb": machine.memory_mb(proxy.pid),
                                   "foreign_cores": round(foreign.cores(), 3)}


def reload(setup, proxy, timing):
    """From the save of a script until its new version is live, after a start from the cache. The log tells: it is written once the version is published."""
    script, text = proxy.folder / "reload.csx", setup.reload.read_text()
    script.write_text(text)
    proxy.script = script
    try:
        proxy.start()  # compiles, so that the next start does not
        time.sleep(0.5)
        proxy.stop()
        proxy.start()
        time.sleep(timing.warm)
        foreign = machine.ForeignLoad([setup.origin.process.pid, proxy.pid])
        seconds = [_save(proxy, script, text.replace("Version = 0", f"Version = {version}"), f"version {version}") for version in (1, 2, 3)]
        return {"ok": len(seconds), "errors": 0, "warmup_errors": 0, "first_error": "", "first_s": seconds[0], "second_s": seconds[1], "third_s": seconds[2],
                "memory_mb": machine.memory_mb(proxy.pid), "foreign_cores": round(foreign.cores(), 3)}
    finally:
        proxy.script = setup.mask


def _save(proxy, script, text, said, patience=30):
    # The log holds earlier rounds, too.
    seen = len(proxy.log.read_text(errors="replace"))
    began = time.monotonic()
    script.write_text(text)
    while time.monotonic() - began < patience:
        log = proxy.log.read_text(errors="replace")[seen:]
        if said in log and "was replaced" in log[log.rindex(said):]:
            return time.monotonic() - began
        time.sleep(0.005)
    raise BenchError(f"'{said}' is not live {patience} s after it was saved")


SCENARIOS = {scenario.__name__: scenario for scenario in (https, plain, connections, download, upload, idle, h2, h2_h2, h1_h2, h2_download,
                                                          tunnel, tunnel_download, tunnel_idle, start, reload)}


def expected_seconds(name, proxy, timing):
    """About how long one run takes, from the start of the proxy to its end."""
    if name == "start":
        return 1.5
    if name == "reload":
        return timing.warm + 8
    rest = timing.settle + 6 if name.endswith("idle") else 7 if name.endswith("load") else timing.measure + 2
    return timing.warmup_of(proxy) + rest


def job_of(name):
    """What a proxy is started for in a scenario."""
    return getattr(SCENARIOS[name], "job", Job())
