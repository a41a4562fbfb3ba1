"""Installs what the bench needs and the machine lacks, from the distribution."""

import os
import shutil
import subprocess
from pathlib import Path

from harness.processes import BenchError

# Program: Debian package. A path stands for a header or a helper that has no program.
_ALWAYS = {"openssl": "openssl", "gcc": "gcc", "curl": "curl", "h2load": "nghttp2-client", "nginx": "nginx-light", "/usr/lib/nginx/modules/ngx_stream_module.so": "libnginx-mod-stream",
           "/usr/include/openssl/ssl.h": "libssl-dev", "/usr/include/stdio.h": "libc6-dev"}
_FOR_PEER = {
    "haproxy": {"haproxy": "haproxy"},
    "nginx": {},
    "squid": {"squid": "squid-openssl", "/usr/lib/squid/security_file_certgen": "squid-openssl"},
    "mitmproxy": {"mitmdump": "mitmproxy"},
}
_POLICY = Path("/usr/sbin/policy-rc.d")


def ensure(peers):
    """Returns when everything is there."""
    wanted = dict(_ALWAYS)
    for peer in peers:
        wanted |= _FOR_PEER[peer]
    missing = sorted({package for program, package in wanted.items() if not _is_there(program)})
    if not missing:
        return
    if os.getuid() != 0 or not shutil.which("apt-get"):
        raise BenchError(f"missing: {' '.join(missing)}; install them, or run this as root where apt-get is")
    _install(missing)


def _is_there(program):
    return Path(program).exists() if program.startswith("/") else shutil.which(program) is not None


def _install(packages):
    print(f"installing {' '.join(packages)}", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    # Packages of servers start them. A policy that says no keeps the machine as it was.
    forbids_starting = not _POLICY.exists()
    if forbids_starting:
        _POLICY.write_text("#!/bin/sh\nexit 101\n")
        _POLICY.chmod(0o755)
    try:
        for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]):
            outcome = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            if outcome.returncode != 0:
                raise BenchError(f"{' '.join(command[:2])} failed: {(outcome.stderr or outcome.stdout).strip().splitlines()[-1]}")
    finally:
        if forbids_starting:
            _POLICY.unlink()
