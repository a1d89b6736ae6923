"""What is said over the warm bench's sockets: JSON objects, one a line, between processes of one user."""

import inspect
import os
from pathlib import Path
from typing import Any

import msgspec

from firsthand.bench.ports import Action, Lease, ServerState, Wanted
from firsthand.bench.submission import Submission
from firsthand.core import errors
from firsthand.core.errors import ContentError, FirsthandError, SubjectError, WorldError
from firsthand.core.events import AnyEvent
from firsthand.core.results import Report

LINE_BYTES_MAX = 64 * 1024 * 1024
"""The longest line that is read: an order with a kept submission in it, as base64."""
OPENING_BYTES_MAX = 4_096
"""The first line to the daemon, which comes with descriptors beside it."""


class Message(msgspec.Struct, frozen=True, tag_field="say", tag=True):
    """Whatever is said."""


class Fault(Message, frozen=True):
    """An error of ours on its way to whoever asked."""

    kind: str
    """The class in core.errors."""
    message: str
    advice: str = ""
    output: str = ""
    file: Path | None = None
    line: int = 0


# The first line of a connection, to the daemon.


class Perform(Message, frozen=True):
    """Fork a process for a run; standard output and error for it come beside this line. It answers in person."""

    version: str


class Borrow(Message, frozen=True):
    """Lend servers to this connection, until it ends."""

    version: str


class AskStatus(Message, frozen=True):
    """Tell how the bench is."""


class Stop(Message, frozen=True):
    """Begin nothing new, and end when the last run is over; at once with `now`."""

    now: bool = False


class Warm(Message, frozen=True):
    """Have a kind of server ready."""

    version: str
    kind: str


class Cool(Message, frozen=True):
    """End a kind of server, unless somebody uses it."""

    kind: str


Opening = Perform | Borrow | AskStatus | Stop | Warm | Cool


# The daemon's answers.


class Welcome(Message, frozen=True):
    """Go on."""


class Retired(Message, frozen=True):
    """This bench is of another version or on its way out, and no longer in your way: start one of your own."""


class Done(Message, frozen=True):
    """It was done."""


class Holder(Message, frozen=True):
    """Who holds leases, or may."""

    pid: int
    what: str
    """Such as the lab."""
    leases: int = 0
    seconds: float = 0.0


class Status(Message, frozen=True):
    """How the bench is. Memory is in bytes and proportional (PSS), 0 where the system does not tell."""

    pid: int
    version: str
    seconds: float
    """Since it was started."""
    idle_after_s: float
    idle_left_s: float | None
    """Until it ends by itself; None while somebody uses it."""
    retired: bool
    holders: list[Holder]
    servers: list[ServerState]
    own_memory_bytes: int
    """Of the daemon and its zygote."""
    idle_memory_bytes_max: int
    """An idle bench that has more ends servers until it has not."""


Answer = Welcome | Retired | Done | Status | Fault


# Between a borrower and the daemon.


class Introduce(Message, frozen=True):
    """Who borrows."""

    pid: int
    what: str


class Lend(Message, frozen=True):
    """Asks for a lease; `Lent` answers."""

    number: int
    wanted: Wanted


class Release(Message, frozen=True):
    """Gives a lease back; nobody answers."""

    lease: Lease


class Act(Message, frozen=True):
    """Asks that something be done to a leased server."""

    number: int
    lease: Lease
    action: Action


class AskLost(Message, frozen=True):
    """Asks whether a leased server is still there; `Lost` answers."""

    number: int
    lease: Lease


Request = Introduce | Lend | Release | Act | AskLost


class Reply(Message, frozen=True):
    """The answer to the request of this number; one of the fields is set, or none where all is said by its coming."""

    number: int
    lease: Lease | None = None
    lost: str = ""
    fault: Fault | None = None


# Between a client and the process that performs its run.


class Order(Message, frozen=True):
    """The whole of a run: what is wanted, from where, and as whom it looks at the world."""

    lab_folder: Path
    unit: str
    solutions_folder: Path | None
    workspace: Path
    language: str
    run: str
    seed: int | None
    stage: str
    all_stages: bool
    first_failure: bool
    submission: Submission | None
    keep: bool
    data: Path
    cache: Path
    temp: Path
    evidence: bool
    environment: dict[bytes, bytes]
    folder: Path | None
    """Where the client stands; None when that folder is gone."""
    umask: int


class GoOn(Message, frozen=True):
    """The learner has seen enough of the world that was kept."""


class Cancel(Message, frozen=True):
    """End the run and clean up."""


FromClient = Order | GoOn | Cancel


class Ready(Message, frozen=True):
    """Here is the process for your run."""


class Happened(Message, frozen=True):
    """An event of the run."""

    event: AnyEvent


class Kept(Message, frozen=True):
    """The run did not pass, and its world stands until `GoOn`."""

    report: Report


class Ended(Message, frozen=True):
    """The run is over, its world is gone. `report` is None when it was cancelled."""

    report: Report | None


class Crashed(Message, frozen=True):
    """Something went wrong inside Firsthand itself; `story` is the traceback."""

    error: str
    story: str


FromRun = Ready | Retired | Happened | Kept | Ended | Fault | Crashed


def fault_of(error: FirsthandError) -> Fault:
    """The error as a message."""
    return Fault(
        kind=type(error).__name__,
        message=error.message,
        advice=error.advice,
        output=error.output if isinstance(error, SubjectError) else "",
        file=error.file if isinstance(error, ContentError) else None,
        line=error.line if isinstance(error, ContentError) else 0,
    )


def error_of(fault: Fault) -> FirsthandError:
    """The error that a message tells of, of the class that it was."""
    kinds = {
        name: kind for name, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, FirsthandError)
    }
    kind = kinds.get(fault.kind, WorldError)
    if issubclass(kind, ContentError):
        return kind(fault.message, advice=fault.advice, file=fault.file, line=fault.line)
    if issubclass(kind, SubjectError):
        return kind(fault.message, advice=fault.advice, output=fault.output)
    return kind(fault.message, advice=fault.advice)


def encoded(message: Message) -> bytes:
    """The message as a line."""
    return _ENCODER.encode(message) + b"\n"


def decoder(kinds: Any) -> msgspec.json.Decoder[Any]:
    """Reads lines of these kinds of messages."""
    return msgspec.json.Decoder(kinds, dec_hook=_from_wire)


def _to_wire(value: object) -> object:
    if isinstance(value, Path):
        return os.fsencode(value)  # any name that a file can have
    raise NotImplementedError(f"{type(value).__name__} does not cross the socket")


def _from_wire(kind: type, value: Any) -> object:
    if kind is Path:
        return Path(os.fsdecode(msgspec.convert(value, bytes)))
    raise NotImplementedError(f"{kind.__name__} does not cross the socket")


_ENCODER = msgspec.json.Encoder(enc_hook=_to_wire)
