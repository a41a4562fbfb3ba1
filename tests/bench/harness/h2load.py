"""Drives h2load, nghttp2's load generator, where clients speak HTTP/2. It knows no proxy: connect.c, preloaded, sends CONNECT for it."""

import os
import re
import subprocess

from harness import machine, origin, processes
from harness.processes import BenchError

CONNECTIONS, STREAMS = 16, 10
_REQUESTS = re.compile(r"^requests: .*?(\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", re.MULTILINE)
_STATUS = re.compile(r"^status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", re.MULTILINE)
_DATA = re.compile(r"^traffic: .* \((\d+)\) data", re.MULTILINE)


def build(source, work):
    library = work / "connect.so"
    compilation = subprocess.run(["gcc", "-O2", "-std=gnu17", "-shared", "-fPIC", source, "-o", library], capture_output=True, text=True, check=False)
    if compilation.returncode != 0:
        raise BenchError(f"connect.c does not compile: {compilation.stderr.strip().splitlines()[0]}")
    return library


class _Run:
    """A run of h2load. It is waited for and asked as load.Load is."""

    words = {}

    def __init__(self, setup, proxy, path, *options):
        self._log = setup.work / "h2load.log"
        self._log.unlink(missing_ok=True)
        authority = f"{setup.origin.host}:{proxy.origin_port}"
        command = ["h2load", "--npn-list=h2,http/1.1", *options, "-H", "User-Agent: scriptproxy-bench", "-H", "Accept: */*", "-H", "Accept-Language: en",
                   "-H", "X-Api-Key: secret-of-the-client"]
        environment = {}
        if proxy.via == "connect":
            environment = {"LD_PRELOAD": str(setup.connect), "VIA_PORT": str(proxy.port), "VIA_TARGET": authority}
        else:
            command.append(f"--connect-to=127.0.0.1:{proxy.port}")
        self._text = ""
        self.process = processes.start([*map(str, command), f"https://{authority}{path}"], self._log, machine.LOAD_CORE, stdout=subprocess.PIPE, text=True,
                                       env=os.environ | environment)

    def wait_for(self, word):
        """Returns whether the word came (its absence means that the run failed; result() says why)."""
        for line in self.process.stdout:
            self._text += line
            if line.startswith(self.words[word]):
                return True
        return False

    def counts(self):
        """What was answered well, what was not and why, and how many bytes of bodies came, when the run has ended."""
        self._text += self.process.stdout.read()
        self.process.wait()
        processes.stop(self.process)
        requests, status, data = (pattern.search(self._text) for pattern in (_REQUESTS, _STATUS, _DATA))
        if not (requests and status and data):
            raise BenchError(f"h2load failed: {(self._log.read_text() + self._text).strip()[-300:]}")
        if "Application protocol: h2" not in self._text:
            raise BenchError("the client did not get HTTP/2")
        _, _, failed, errored, timed_out = map(int, requests.groups())
        good, *bad = map(int, status.groups())
        errors = max(failed + errored + timed_out, sum(bad))
        complaint = f"{failed} failed, {errored} errored, {timed_out} timed out, {sum(bad)} not 200" if errors else ""
        return good, int(data.group(1)), {"errors": errors, "warmup_errors": 0, "first_error": complaint}


class H2Load(_Run):
    """Requests of 1 KB, several at once on each connection."""

    words = {"measuring": "Main benchmark duration is started", "done": "Main benchmark duration is over"}

    def __init__(self, setup, proxy, warmup, seconds):
        self._seconds, self._latencies = seconds, setup.work / "h2load.latencies"
        self._latencies.unlink(missing_ok=True)
        super().__init__(setup, proxy, "/1k", "-c", CONNECTIONS, "-m", STREAMS, f"--warm-up-time={warmup * 1000:.0f}ms", "-D", f"{seconds * 1000:.0f}ms",
                         f"--log-file={self._latencies}")

    def result(self):
        """The figures, when the run has ended."""
        good, received, errors = self.counts()
        if received < good * origin.SMALL:
            raise BenchError("bodies are shorter than they should be")
        with open(self._latencies) as lines:
            sorted_ms = sorted(int(line.rsplit("\t", 1)[1]) / 1000 for line in lines)
        at = lambda share: sorted_ms[int(share * (len(sorted_ms) - 1))] if sorted_ms else 0  # noqa: E731
        return {"ok": good, "seconds": self._seconds, "per_second": good / self._seconds, "p50_ms": at(0.5), "p99_ms": at(0.99)} | errors


class H2Body(_Run):
    """One body on one connection."""

    words = {"measuring": "Application protocol", "done": "finished in"}
    _SPEED = re.compile(r"^finished in ([\d.]+)(us|ms|s),", re.MULTILINE)
    _SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1}

    def __init__(self, setup, proxy, path, size):
        self._size = size
        super().__init__(setup, proxy, path, "-n", 1, "-c", 1, "-m", 1, "-N", "60s")

    def result(self):
        """The figures, when the run has ended."""
        good, received, errors = self.counts()
        number, unit = self._SPEED.search(self._text).groups()
        seconds = float(number) * self._SECONDS[unit]
        if good == 1 and received != self._size:
            raise BenchError(f"{received} bytes came instead of {self._size}")
        return {"ok": good, "seconds": seconds, "mb_per_second": received / seconds / 1e6} | errors


def probe(setup, proxy):
    """One request by curl: over HTTP/2, with a certificate of the proxy's own root, and are both edits made?"""
    authority, head, body = f"{setup.origin.host}:{proxy.origin_port}", setup.work / "probe.head", setup.work / "probe.body"
    way = ["--proxy", f"http://127.0.0.1:{proxy.port}"] if proxy.via == "connect" else ["--connect-to", f"{authority}:127.0.0.1:{proxy.port}"]
    trust = ["--cacert", str(proxy.root)] if proxy.root else ["--insecure"]
    command = ["curl", "--silent", "--show-error", "--http2", "--max-time", "20", *way, *trust, "-H", "X-Api-Key: secret-of-the-client",
               "-D", head, "-o", body, "-w", "%{http_version} %{http_code} %{size_download}", f"https://{authority}/1k"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env={name: value for name, value in os.environ.items() if "proxy" not in name.lower()})
    if answer.returncode != 0:
        raise BenchError(f"{proxy.name} does not work: {answer.stderr.strip()}")
    if answer.stdout != f"2 200 {origin.SMALL}":
        raise BenchError(f"{proxy.name}: expected HTTP version, status and length '2 200 {origin.SMALL}', got '{answer.stdout}' (403: the request header was not masked)")
    if "server: masked" not in head.read_text().lower():
        raise BenchError(f"{proxy.name} does not set the response header")
