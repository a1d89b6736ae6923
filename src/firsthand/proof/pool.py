"""A pool of worker processes that perform runs at the same time; however it ends, nothing stays behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from firsthand.core.deadlines import FACTOR_MAX, Deadline
from firsthand.core.limits import BUILD_S, READY_S, RUN_S
from firsthand.proof.orders import RUNS, Answer, Order

WORKERS_MAX = 64
ANSWER_S = (BUILD_S + READY_S + RUN_S) * FACTOR_MAX
"""After this a worker is taken to hang; a run's own deadlines come long before."""
STOP_S = 15.0
"""How long a worker may take to tear down the run that it is in."""
LAST_WORDS_BYTES = 4_000

_BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from pathlib import Path; "
_BOOT += "from firsthand.proof.worker import main; main(int(sys.argv[2]), Path(sys.argv[3]))"


@dataclass
class _Worker:
    """A worker process, and the order that it is about."""

    process: subprocess.Popen[bytes]
    orders: "Connection[Any, Any]"
    output: Path
    busy: Order | None = None
    deadline: Deadline | None = None


class Pool:
    """So many workers. Use it as a context manager: leaving it, by an error or Ctrl-C too, ends all of them."""

    def __init__(self, size: int, place: Path) -> None:
        """`place` is an existing folder below which every worker gets one of its own."""
        assert 1 <= size <= WORKERS_MAX, f"a pool has 1 to {WORKERS_MAX} workers"
        self._size = size
        self._place = place
        self._workers: list[_Worker] = []
        self._started = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def perform(self, orders: Iterable[Order]) -> Iterator[Answer]:
        """Have all orders performed; their answers come in whatever order they are done."""
        waiting = deque(orders)
        while waiting or any(w.busy for w in self._workers):
            self._hand_out(waiting)
            yield from self._collect()

    def close(self) -> None:
        """End all workers and what they started: by SIGTERM, upon which they clean up, at last by SIGKILL."""
        with _undisturbed():
            for worker in self._workers:
                worker.process.terminate()
            deadline = Deadline.after(STOP_S)
            for worker in self._workers:
                self._end(worker, deadline)
            self._workers.clear()

    def _hand_out(self, waiting: deque[Order]) -> None:
        for worker in self._workers:
            if worker.busy is None and waiting:
                self._order(worker, waiting.popleft())
        while waiting and len(self._workers) < self._size:
            worker = self._start()
            self._workers.append(worker)
            self._order(worker, waiting.popleft())

    def _order(self, worker: _Worker, order: Order) -> None:
        worker.busy = order
        worker.deadline = Deadline.after(ANSWER_S)
        with suppress(BrokenPipeError):  # it died: that is read when its answer is collected
            worker.orders.send(order)

    def _collect(self) -> Iterator[Answer]:
        busy = {w.orders: w for w in self._workers if w.busy}
        left_s = min(w.deadline.left_s for w in busy.values() if w.deadline)
        ready = [busy[found] for found in wait(list(busy), left_s) if isinstance(found, Connection)]
        for worker in ready or [w for w in busy.values() if w.deadline and w.deadline.passed]:
            yield self._answer(worker)

    def _answer(self, worker: _Worker) -> Answer:
        order = worker.busy
        assert order is not None, "only a busy worker is asked"
        try:
            answer = worker.orders.recv() if worker.orders.poll() else None
        except (EOFError, OSError):
            answer = None
        if isinstance(answer, Answer):
            worker.busy = worker.deadline = None
            return answer
        return Answer(order.number, error=self._give_up(worker))

    def _give_up(self, worker: _Worker) -> str:
        """Let go of a worker that died or hangs; another one takes its place when there is still work."""
        hung = worker.deadline is not None and worker.deadline.passed
        if hung:
            worker.process.terminate()
        self._workers.remove(worker)
        code = self._end(worker, Deadline.after(STOP_S))
        if hung:
            return f"the run did not end within {ANSWER_S / 60:.0f} minutes."
        words = _last_words(worker.output.read_bytes()[-LAST_WORDS_BYTES:].decode(errors="replace"))
        return f"the process that ran it ended with code {code}." + (f" It printed last: {words}" if words else "")

    def _start(self) -> _Worker:
        self._started += 1
        place = self._place / f"worker-{self._started}"
        for folder in (place, place / RUNS):
            folder.mkdir()
            folder.chmod(0o711)  # programs may run as another user, who has to come through
        output = self._place / f"worker-{self._started}.txt"
        ours, theirs = socket.socketpair()
        with ours, theirs, output.open("wb") as file:
            # A session of its own: a terminal's Ctrl-C reaches the main process alone, which ends the others in order.
            process = subprocess.Popen(
                [sys.executable, "-c", _BOOT, json.dumps(sys.path), str(theirs.fileno()), str(place)],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
            return _Worker(process, Connection(ours.detach()), output)

    def _end(self, worker: _Worker, deadline: Deadline) -> int:
        worker.orders.close()
        try:
            return worker.process.wait(deadline.left_s)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(worker.process.pid, signal.SIGKILL)
            return worker.process.wait()


def _last_words(output: str) -> str:
    """The last line, and of a traceback also where it happened; on one line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    places = [line for line in lines if line.startswith('File "')]
    return " ".join([*lines[-1:], *(f"({place})" for place in places[-1:])])


@contextmanager
def _undisturbed() -> Iterator[None]:
    """While this holds, a further Ctrl-C does not cut the cleaning up short, which is bounded anyway."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
