"""python3 terminal.py LAUNCHER…: runs a program behind LAUNCHER on a terminal of its own, types Ctrl+C and a line, and prints what the program says and how it ended."""
import os
import pty
import select
import sys
import time

PROGRAM = """
import os, signal, sys
count = 0
def say(*words):
    # Not print: the signal may come in the middle of one.
    os.write(1, (' '.join(map(str, words)) + chr(10)).encode())
def interrupted(*_):
    global count
    count += 1
    say('interrupted', count)
signal.signal(signal.SIGINT, interrupted)
say('foreground', os.getpgrp() == os.tcgetpgrp(0))
line = sys.stdin.readline().strip()
say(f'read {line}, interrupted {count}')
sys.exit(5)
"""

pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:] + [sys.executable, "-c", PROGRAM])

output = b""


def read_until(text, seconds=60):
    """Polls; None reads to the end."""
    global output
    end = time.time() + seconds
    while text is None or text not in output:
        if time.time() > end:
            sys.exit(f"waited in vain for {text}: {output}")
        if select.select([terminal], [], [], 0.05)[0]:
            try:
                part = os.read(terminal, 4096)
            except OSError:
                return
            if not part:
                return
            output += part


read_until(b"foreground")
os.write(terminal, b"\x03")
read_until(b"interrupted 1")
os.write(terminal, b"a line\n")
read_until(None)
print(output.decode().replace("\r", "").replace("^C", ""))
print("ended", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
