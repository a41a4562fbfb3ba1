"""The proxies compared. Each makes the same two edits (request header masked, response header set) and verifies the origin's certificate."""

import os
import platform
import re
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from harness import certificates, machine, processes
from harness.processes import BenchError


_ARCHITECTURE = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


@dataclass(frozen=True)
class Job:
    """What a proxy is started for."""

    relays: bool = False         # bytes, unread: the scenarios of tunnels
    client_http2: bool = False   # clients speak HTTP/2
    origin_http2: bool = False   # the origin does
    masks_json: bool = False     # values in JSON bodies
    serves_files: bool = False   # of a Go module


class Proxy:
    """One contestant. A subclass prepares its folder once, then gives a fresh command line for each start."""

    name = ""
    title = ""
    via = "connect"          # how the load generator reaches it; "direct" where CONNECT cannot be intercepted
    root = None              # the certificate clients trust; None: not checked
    relay_via = "tunnel"     # how the load generator reaches it when it relays; "relay" where there is no CONNECT
    compiles = False         # while it runs: it needs a longer time under load until it is as fast as it gets
    environment = {}
    job = Job()

    def __init__(self, setup):
        self.setup = setup
        self.folder = setup.work / self.name
        self.folder.mkdir()
        self.port = self.plain_port = 0
        self.process = None

    def command(self):
        raise NotImplementedError

    def can(self, job):
        """Whether it does such work at all."""
        return True

    def version(self):
        return ""

    def launch(self):
        """Starts it without waiting for anything."""
        self.port, self.plain_port = processes.free_port(), processes.free_port()
        if self.via == "connect":
            self.plain_port = self.port
        command = [str(part) for part in self.command()]
        self.process = processes.start(command, self.log, machine.PROXY_CORE, cwd=self.folder, env=os.environ | self.environment)

    def start(self):
        """Starts it and returns when it listens."""
        self.launch()
        self.wait()

    def wait(self):
        processes.wait_for_port(self.process, self.port, self.log)

    def stop(self):
        if self.process:
            processes.stop(self.process)
        self.process = None

    @property
    def relays(self):
        return self.job.relays

    @property
    def origin_port(self):
        """Where the origin speaks what the job says, over TLS."""
        origin = self.setup.origin
        if not self.job.origin_http2:
            return origin.https_port
        return origin.http2_port if self.job.client_http2 else origin.only_http2_port

    @property
    def log(self):
        return self.folder / "output.log"

    @property
    def pid(self):
        return self.process.pid

    def render(self, template, **values):
        """Fills a configuration file and returns its path."""
        text = (self.setup.templates / template).read_text()
        origin = self.setup.origin
        values |= {"PORT": self.port, "PLAIN_PORT": self.plain_port, "FOLDER": self.folder, "ORIGIN_CA": self.setup.origin_root,
                   "ORIGIN_HTTPS": self.origin_port, "ORIGIN_HTTP": origin.http_port}
        for name, value in values.items():
            text = text.replace(f"@{name}@", str(value))
        path = self.folder / template
        path.write_text(text)
        return path


def _first_line(*command):
    output = subprocess.run(command, capture_output=True, text=True, check=False)
    return (output.stdout or output.stderr).strip().split("\n", 1)[0]


def _number(text):
    found = re.search(r"\d+(\.\d+)+", text)
    return found.group(0) if found else text


class ScriptProxy(Proxy):
    """The product, published in Release, with mask.csx active."""

    name, title, compiles = "ours", "ScriptProxy", True

    def __init__(self, setup, ready_to_run=False, program=None):
        if ready_to_run:
            self.name, self.title = "ours-r2r", "ScriptProxy, precompiled (ReadyToRun)"
        super().__init__(setup)
        self.script = setup.mask
        self.program = program or self.folder / "program"
        if program is None:
            self._publish(["-r", f"linux-{_ARCHITECTURE}", "--self-contained", "false", "-p:PublishReadyToRun=true"] if ready_to_run else [])
        elif not (program / "scriptproxy").exists():
            raise BenchError(f"--program: there is no scriptproxy in {program}")
        self.forget()

    def _publish(self, options):
        print(f"publishing {self.title}", flush=True)
        # Build output goes to the work folder: neither variant disturbs the other, nor what is built in the repository.
        # No build server or node is left behind to use the machine while we measure.
        command = ["dotnet", "publish", self.setup.repository / "src/ScriptProxy", "-c", "Release", "-o", self.program, "-v", "q", "-nologo",
                   "--artifacts-path", self.folder / "artifacts", "-nodeReuse:false", "-p:UseSharedCompilation=false", *options]
        scratch = self.folder / "scratch"
        scratch.mkdir()
        build = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"TMPDIR": str(scratch)})
        if build.returncode != 0:
            raise BenchError(f"dotnet publish failed: {(build.stdout + build.stderr).strip().splitlines()[-1][:300]}")

    def forget(self):
        """Back to a machine that never ran it: no root certificate, no compiled scripts."""
        self._home = self.folder / "home"
        shutil.rmtree(self._home, ignore_errors=True)
        self._home.mkdir()
        self.root = self._home / "ca/ca.pem"
        self.environment = {"HOME": str(self._home), "XDG_CACHE_HOME": str(self._home / "cache")}

    def forget_compiled(self):
        """Back to a machine whose cache of compiled scripts is empty."""
        shutil.rmtree(self._home / "cache", ignore_errors=True)

    def command(self):
        if self.relays:
            return [self.program / "scriptproxy", "-q", "--tunnel", "--listen", f"127.0.0.1:{self.port}", "--ca-dir", self.root.parent]
        return [self.program / "scriptproxy", "-q", "-s", self.script, "--listen", f"127.0.0.1:{self.port}",
                "--ca-dir", self.root.parent, "--upstream-ca", self.setup.origin_root]

    def version(self):
        return _number(_first_line(str(self.program / "scriptproxy"), "version"))


class ScriptProxyWith(Proxy):
    """The program of another contestant with other arguments, for what addons cost. It starts as on a machine of its own."""

    compiles = True

    def __init__(self, ours, name, title, *arguments):
        self.name, self.title = name, title
        self.setup, self.folder = ours.setup, Path(tempfile.mkdtemp(prefix=f"{name}-", dir=ours.folder))
        self.port = self.plain_port = 0
        self.process = None
        self.program, self._arguments = ours.program / "scriptproxy", arguments
        self.root = self.folder / "ca/ca.pem"
        self.environment = {"HOME": str(self.folder), "XDG_CACHE_HOME": str(self.folder / "cache")}

    def command(self):
        return [self.program, "-q", *self._arguments, "--listen", f"127.0.0.1:{self.port}", "--ca-dir", self.root.parent,
                "--upstream-ca", self.setup.origin_root]


class GivenCommand(Proxy):
    """--ours-command: any other build or proxy in our place."""

    name, title, compiles = "ours", "given command", True

    def __init__(self, setup, command):
        super().__init__(setup)
        if "{port}" not in command:
            raise BenchError("--ours-command: needs {port} somewhere, the port to listen on")
        self._command = command
        self._ca = self.folder / "ca"

    @property
    def root(self):
        made = self._ca / "ca.pem"
        return made if made.exists() else None

    def command(self):
        if self.relays:
            raise BenchError("--ours-command: tunnels need other options than interception; measure them apart")
        values = {"port": self.port, "ca_dir": self._ca, "upstream_ca": self.setup.origin_root, "mask": self.setup.mask}
        return [part.format(**values) for part in shlex.split(self._command)]


class Haproxy(Proxy):
    name, title, via, relay_via = "haproxy", "haproxy (terminates and re-encrypts; tunnels: mode tcp)", "direct", "relay"

    def __init__(self, setup):
        super().__init__(setup)
        self.root, root_key = certificates.make_root(self.folder, "root")
        leaf, key = certificates.make_leaf(self.folder, "leaf", self.root, root_key)
        self._certificate = self.folder / "both.pem"
        self._certificate.write_text(leaf.read_text() + key.read_text())

    def command(self):
        if self.relays:
            return ["haproxy", "-db", "-f", self.render("haproxy-tcp.cfg")]
        return ["haproxy", "-db", "-f", self.render("haproxy.cfg", CERTIFICATE=self._certificate,
                                                    ALPN="h2" if self.job.client_http2 else "http/1.1",
                                                    ORIGIN_ALPN="alpn h2" if self.job.origin_http2 else "")]

    def version(self):
        return _number(_first_line("haproxy", "-v"))


class Nginx(Proxy):
    """Beside haproxy the other limit of ending HTTP/2. It speaks HTTP/1.1 to origins alone."""

    name, title, via = "nginx", "nginx (terminates and re-encrypts)", "direct"

    def __init__(self, setup):
        super().__init__(setup)
        self.root, root_key = certificates.make_root(self.folder, "root")
        self._leaf, self._key = certificates.make_leaf(self.folder, "leaf", self.root, root_key)

    def can(self, job):
        return job.serves_files or job.client_http2 and not job.origin_http2

    def command(self):
        if self.job.serves_files:
            return ["nginx", "-p", self.folder, "-e", self.log, "-c", self.render("nginx-files.conf", FILES=self.setup.origin.bodies)]
        return ["nginx", "-p", self.folder, "-e", self.log, "-c", self.render("nginx-http2.conf", CERTIFICATE=self._leaf, KEY=self._key)]

    def version(self):
        return _number(_first_line("nginx", "-v"))


class Squid(Proxy):
    name, title = "squid", "squid ssl-bump"
    _HELPERS = ["/usr/lib/squid/security_file_certgen", "/usr/lib64/squid/security_file_certgen"]

    def __init__(self, setup):
        super().__init__(setup)
        self.root, key = certificates.make_root(self.folder, "root", kind="rsa")
        self._certificate = self.folder / "both.pem"
        self._certificate.write_text(self.root.read_text() + key.read_text())
        self._helper = next((path for path in self._HELPERS if Path(path).exists()), None)
        if not self._helper:
            raise BenchError("squid has no security_file_certgen: install squid-openssl")
        subprocess.run([self._helper, "-c", "-s", self.folder / "leafs", "-M", "16MB"], check=True, stdout=subprocess.DEVNULL)
        if os.getuid() == 0:  # squid gives up root for this user
            for path in [self.folder, *self.folder.rglob("*")]:
                shutil.chown(path, "proxy", "proxy")

    def can(self, job):
        return not (job.client_http2 or job.origin_http2)

    def command(self):
        self._service = f"bench{os.getpid()}x{self.port}"
        if self.relays:
            return ["squid", "-N", "-n", self._service, "-f", self.render("squid-connect.conf")]
        return ["squid", "-N", "-n", self._service, "-f", self.render("squid.conf", CERTIFICATE=self._certificate, HELPER=self._helper)]

    def stop(self):
        super().stop()
        for leftover in Path("/dev/shm").glob(f"{self._service}-*"):
            leftover.unlink()

    def version(self):
        return _number(_first_line("squid", "-v"))


class Mitmproxy(Proxy):
    name, title = "mitmproxy", "mitmproxy"

    def __init__(self, setup):
        super().__init__(setup)
        # An RSA root as mitmproxy makes by itself; its leafs use the same key.
        self.root, key = certificates.make_root(self.folder, "root", kind="rsa")
        (self.folder / "mitmproxy-ca.pem").write_text(key.read_text() + self.root.read_text())

    def can(self, job):
        return job.client_http2 or not job.origin_http2  # it speaks to the origin what the client speaks

    def command(self):
        if self.relays:
            return ["mitmdump", "-q", "--listen-host", "127.0.0.1", "-p", str(self.port), "--set", f"confdir={self.folder}", "--ignore-hosts", ".*"]

        # Without stream_large_bodies whole bodies are held in memory, and 1 GB takes minutes.
        # It would ask the origin first, and then speak HTTP/2 to clients of HTTP/2 origins alone.
        lazy = ["--set", "connection_strategy=lazy", "--set", "upstream_cert=false"] if self.job.client_http2 and not self.job.origin_http2 else []
        return ["mitmdump", "-q", "--listen-host", "127.0.0.1", "-p", str(self.port), "--set", f"confdir={self.folder}", *lazy,
                "--set", f"ssl_verify_upstream_trusted_ca={self.setup.origin_root}", "--set", "stream_large_bodies=1m",
                "-s", self.setup.templates / ("mitmproxy_json.py" if self.job.masks_json else "mitmproxy_mask.py")]

    def version(self):
        return _number(_first_line("mitmdump", "--version"))


PEERS = {peer.name: peer for peer in (Haproxy, Nginx, Squid, Mitmproxy)}
