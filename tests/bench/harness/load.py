"""Drives load.c and reads its answers."""

import json
import ssl
import http.client
import subprocess

from harness import machine, origin, processes
from harness.processes import BenchError

EXPECTED_HEADER = "Server: masked"


def build(source, work):
    program = work / "load"
    compilation = subprocess.run(["gcc", "-O2", "-std=gnu17", source, "-o", program, "-lssl", "-lcrypto"], capture_output=True, text=True, check=False)
    if compilation.returncode != 0:
        raise BenchError(f"load.c does not compile: {compilation.stderr.strip().splitlines()[0]}")
    return program


class Load:
    """One run of the load generator against a proxy that listens. Waits are for its words; the process ends with stop()."""

    def __init__(self, setup, proxy, path="/1k", expect=origin.SMALL, plain=False, **options):
        target = setup.origin
        arguments = {
            "port": proxy.plain_port if plain else proxy.port,
            "target": f"{target.host}:{target.http_port if plain or proxy.relays else proxy.origin_port}",
            "via": proxy.relay_via if proxy.relays else "plain" if plain else proxy.via,
            "path": path,
            "expect": expect,
        } | ({} if proxy.relays else {"expect-header": EXPECTED_HEADER}) | {name.replace("_", "-"): value for name, value in options.items()}
        arguments = {name: value for name, value in arguments.items() if value is not None}
        command = [str(setup.load)]
        for name, value in arguments.items():
            command += [f"--{name}", str(value)]
        self._log = setup.work / "load.log"
        self.process = processes.start(command, self._log, machine.LOAD_CORE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def wait_for(self, word):
        """Returns whether the word came (its absence means that the run failed; result() says why)."""
        return self.process.stdout.readline().strip() == word

    def release(self):
        """Lets a run that holds idle connections end."""
        self.process.stdin.close()

    def result(self):
        """The figures, when the run has ended."""
        lines = self.process.stdout.read().strip().splitlines()
        self.process.wait()
        processes.stop(self.process)
        if not lines or not lines[-1].startswith("{"):
            raise BenchError(f"the load generator failed: {self._log.read_text().strip()[-300:] or 'no output'}")
        return json.loads(lines[-1])


def run(setup, proxy, **options):
    """A run whose moments do not matter: warming up."""
    return Load(setup, proxy, **options).result()


def probe(setup, proxy):
    """One request by another client: is it intercepted with a certificate of the proxy's own root, are both edits made? A relay has none to make."""
    if proxy.relays:
        run(setup, proxy, pattern="once", seconds=20)
        return
    context = ssl.create_default_context(cafile=str(proxy.root)) if proxy.root else ssl._create_unverified_context()
    host, port = setup.origin.host, setup.origin.https_port
    if proxy.via == "connect":
        connection = http.client.HTTPSConnection("127.0.0.1", proxy.port, context=context, timeout=20)
        connection.set_tunnel(host, port)
    else:
        connection = http.client.HTTPSConnection(host, proxy.port, context=context, timeout=20)
    try:
        connection.request("GET", "/1k", headers={"X-Api-Key": "secret-of-the-client"})
        response = connection.getresponse()
        length = len(response.read())
    except (OSError, http.client.HTTPException) as error:
        raise BenchError(f"{proxy.name} does not work: {error}") from None
    finally:
        connection.close()
    if response.status != 200 or length != origin.SMALL:
        raise BenchError(f"{proxy.name} answers {response.status} with {length} bytes (403: the request header was not masked)")
    if response.getheader("Server") != "masked":
        raise BenchError(f"{proxy.name} does not set the response header")
