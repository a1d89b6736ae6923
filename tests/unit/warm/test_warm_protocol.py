"""What crosses the warm bench's sockets comes out as it went in."""

import inspect
import os
from pathlib import Path

import msgspec
import pytest

from firsthand.bench.submission.model import Beside, Entry, Submission
from firsthand.bench.warm import protocol
from firsthand.core import errors

ERRORS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.FirsthandError) and kind is not errors.FirsthandError
]


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_of_ours_stays_what_it_is(kind: type[errors.FirsthandError]) -> None:
    line = protocol.encoded(protocol.fault_of(kind("It broke.", advice="Mend it.")))

    found = protocol.error_of(protocol.decoder(protocol.Answer).decode(line))

    assert type(found) is kind
    assert (found.message, found.advice) == ("It broke.", "Mend it.")


def test_what_an_error_knows_besides_comes_along() -> None:
    build = protocol.error_of(protocol.fault_of(errors.BuildError("No.", output="line 1\nline 2")))
    content = protocol.error_of(protocol.fault_of(errors.ContentError("No.", file=Path("/lab/a.sql"), line=7)))

    assert isinstance(build, errors.BuildError)
    assert build.output == "line 1\nline 2"
    assert isinstance(content, errors.ContentError)
    assert content.where == "/lab/a.sql:7"


def test_an_error_that_only_they_know_is_the_environments() -> None:
    found = protocol.error_of(protocol.Fault("ErrorOfTomorrow", "New."))

    assert (type(found), found.message) == (errors.WorldError, "New.")


def test_an_order_may_hold_any_bytes_that_files_and_variables_can_have() -> None:
    odd = Path(os.fsdecode(b"/home/\xff\n/x"))
    submission = Submission(
        files=(Entry("a b", "file", bytes(range(256)), executable=True), Entry("link", "link", b"a b")),
        beside=(Beside("node_modules", odd, "dependency"),),
        notices=("Too big.",),
        source=odd,
    )
    order = protocol.Order(
        lab_folder=odd,
        unit="own",
        solutions_folder=None,
        workspace=odd,
        language="python",
        run="20261122-143501-a3f9",
        seed=None,
        stage="",
        all_stages=True,
        first_failure=False,
        submission=submission,
        keep=True,
        data=odd,
        cache=odd,
        temp=odd,
        evidence=False,
        environment={b"PATH": b"/bin", b"ODD\xff": b"\xfe\n\t"},
        folder=None,
        umask=0o27,
    )

    line = protocol.encoded(order)

    assert line.count(b"\n") == 1
    assert protocol.decoder(protocol.FromClient).decode(line) == order


def test_who_says_something_else_is_not_understood() -> None:
    with pytest.raises(msgspec.ValidationError):
        protocol.decoder(protocol.Opening).decode(b'{"say":"Ended","report":null}')
