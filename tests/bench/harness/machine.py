"""What the bench asks of the machine: cores, CPU time, memory, all read from /proc."""

import os
import re
import time

TICKS = os.sysconf("SC_CLK_TCK")
PROXY_CORE, LOAD_CORE = (sorted(os.sched_getaffinity(0)) * 2)[:2]


def describe():
    """The machine in general words."""
    with open("/proc/cpuinfo") as info:
        model = re.search(r"^model name\s*:\s*(.+)$", info.read(), re.MULTILINE)
    return {"cores": os.cpu_count(), "cpu": model.group(1).strip() if model else "unknown"}


def tree(pid):
    """A process and all its descendants."""
    pids = [pid]
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as children:
                for child in children.read().split():
                    pids += tree(int(child))
    except OSError:
        pass  # it ended while we looked
    return pids


def cpu_seconds(pid):
    """CPU time used so far by a process tree, without children that already ended."""
    used = 0
    for member in tree(pid):
        try:
            used += time.clock_gettime(~member << 3 | 2)  # the process's own clock (clock_getcpuclockid(3)): /proc counts in hundredths
        except OSError:
            pass
    return used


def _status_mb(pid, key):
    kilobytes = 0
    for member in tree(pid):
        try:
            with open(f"/proc/{member}/status") as status:
                found = re.search(key + r":\s+(\d+)", status.read())
            kilobytes += int(found.group(1)) if found else 0
        except OSError:
            pass
    return kilobytes / 1024


def memory_mb(pid):
    """Resident memory of a process tree."""
    return _status_mb(pid, "VmRSS")


def peak_memory_mb(pid):
    """The highest resident memory since the start or since reset_peak_memory."""
    return _status_mb(pid, "VmHWM")


def reset_peak_memory(pid):
    for member in tree(pid):
        try:
            with open(f"/proc/{member}/clear_refs", "w") as clear:
                clear.write("5")
        except OSError:
            pass  # squid's helpers belong to another user; their peak is small and does not move


def _busy_seconds():
    with open("/proc/stat") as stat:
        user, nice, system, _idle, _wait, irq, softirq, steal = map(int, stat.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICKS


class ForeignLoad:
    """How many cores' worth of CPU time went to others: everything the machine used (stolen time included) minus what our own processes used."""

    def __init__(self, own_pids):
        self._own_pids = list(own_pids)
        self._began = time.monotonic()
        self._busy, self._own = _busy_seconds(), self._own_seconds()

    def include(self, pid):
        """Counts a process started since as ours."""
        self._own_pids.append(pid)

    def _own_seconds(self):
        own = os.times()
        return sum(cpu_seconds(pid) for pid in self._own_pids) + own.user + own.system + own.children_user + own.children_system

    def cores(self):
        elapsed = time.monotonic() - self._began
        return max(0.0, (_busy_seconds() - self._busy - (self._own_seconds() - self._own)) / elapsed)


def wait_for_quiet(seconds):
    """Waits until the machine uses less than a tenth of a core, but not longer than told. To be called while nothing of ours runs hard."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        everyone = ForeignLoad([])
        time.sleep(0.5)
        if everyone.cores() < 0.1:
            return

