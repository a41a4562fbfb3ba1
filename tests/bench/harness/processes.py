"""Starting and ending processes: each in a session of its own, pinned to a core, ended by its pid whatever happens to us."""

import ctypes
import os
import resource
import signal
import socket
import subprocess
import time

from harness import machine

_libc = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
_running = []


class BenchError(Exception):
    """Something the user has to know, in one line."""


def check_limits():
    """Two cores; and descriptors: 2 000 intercepted connections need two each in the proxy."""
    if machine.PROXY_CORE == machine.LOAD_CORE:
        raise BenchError("the bench needs two cores: one for the proxy, one for load generator and origin")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard != resource.RLIM_INFINITY and hard < 8192:
        raise BenchError(f"at most {hard} open files are allowed; the bench needs 8192 (ulimit -Hn)")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def has_ipv6_loopback():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


def start(command, log, core, **options):
    """Starts a command pinned to a core; its output goes to the log file unless options say otherwise."""

    def prepare():
        os.sched_setaffinity(0, {core})
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    with open(log, "ab") as output:
        options = {"stdout": output, "stderr": output, "stdin": subprocess.DEVNULL} | options
        try:
            process = subprocess.Popen(command, start_new_session=True, preexec_fn=prepare, **options)
        except FileNotFoundError:
            raise BenchError(f"{command[0]}: not found") from None
    _running.append(process)
    return process


def wait_for_port(process, port, log, seconds=60):
    """Returns when something accepts connections on the port; fails when the process ends or time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            pass
        if process.poll() is not None:
            raise BenchError(f"{process.args[0]} ended with code {process.returncode}: {_last_line(log)}")
        time.sleep(0.002)
    raise BenchError(f"{process.args[0]} does not listen after {seconds} s: {_last_line(log)}")


def _last_line(log):
    with open(log, errors="replace") as text:
        lines = [line.strip() for line in text if line.strip()]
    return lines[-1][:300] if lines else "it printed nothing"


def stop(process, patience=10):
    """Asks the process to end, and after some seconds ends it and its descendants."""
    members = machine.tree(process.pid) if process.poll() is None else []
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pid in members[1:]:
        _end_descendant(pid, process.pid)
    if process in _running:
        _running.remove(process)


def _end_descendant(pid, session):
    # A pid may have been given to someone else meanwhile: only members of the session we opened are ours.
    try:
        if os.getsid(pid) == session:
            os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def stop_all():
    while _running:
        stop(_running[-1], patience=3)
