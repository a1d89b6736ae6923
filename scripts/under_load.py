"""Runs a command while every core is busy with other work, and ends that work with the command."""

import os
import signal
import subprocess
import sys

LOAD_S_MAX = 3600
"""The load ends by itself after so long, should this process be killed without warning."""

_SPIN = f"import time; end = time.monotonic() + {LOAD_S_MAX}\nwhile time.monotonic() < end: sum(range(20_000))"


def main(command: list[str]) -> int:
    """Run the command; returns its exit code."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    print(f"Beside it runs a load of {cores} processes, one for each core.", flush=True)
    load = [subprocess.Popen([sys.executable, "-S", "-c", _SPIN]) for _ in range(cores)]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:
        return 130
    finally:
        for process in load:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
