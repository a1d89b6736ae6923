"""Recorded HTTP as a conversation that people can read: who said what, when, and how long nobody said anything."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from firsthand.bench.decoders.http1 import Message
from firsthand.bench.failures import show_text
from firsthand.bench.wire import Record
from firsthand.cli.heading import GAP_SHOWN_S, Failures, Paint, heading, painted
from firsthand.study.recorded import BODY_TEXT_SHOWN, Remark, Said, Talk, body_text, talks

HEADERS_SHOWN = 30
BODY_LINES_SHOWN = 8
BODY_HEX_SHOWN = 32
LINE_SHOWN = 200

_INDENT = " " * 14


@dataclass(frozen=True)
class _Entry:
    """Something said or remarked, as text without its time, so that repeats can be told."""

    began: float
    ended: float
    kind: str
    rows: tuple[str, ...]


def lines(records: Iterable[Record], *, colour: bool, check: str = "", failed: Failures | None = None) -> Iterator[str]:
    """The conversation line by line, grouped by stage and check.

    Args:
        records: as `bench.wire.load` gives them.
        colour: add ANSI colours; everything is said without them, too.
        check: only what was said by the check of this id.
        failed: the messages of the checks that failed.
    """
    paint = painted(colour)
    wanted = (talk for talk in talks(records) if not check or talk.check == check)
    first = True
    for where, group in groupby(wanted, key=lambda talk: (talk.stage, talk.check)):
        if not first:
            yield ""
        first = False
        yield from heading(where, paint, failed or {})
        yield from _group(list(group), paint)


def _group(group: list[Talk], paint: Paint) -> Iterator[str]:
    """Connections one after another; neighbours on which the same was said are folded."""
    for _, same in groupby(((talk, [_entry(e) for e in talk.entries]) for talk in group), key=_likeness):
        (talk, entries), *others = same
        if talk.number:
            where = f" at {talk.address}" if talk.address else ""
            yield paint("heading", f"  connection {talk.number} to {show_text(talk.door or 'the program')}{where}")
        yield from _talk(entries, talk.opened, paint)
        if others:
            first, last = others[0][0].number, others[-1][0].number
            which = f"connection {first}" if first == last else f"connections {first} to {last}"
            yield paint("quiet", f"  {which}: the same again")


def _likeness(pair: tuple[Talk, list[_Entry]]) -> tuple[object, ...]:
    talk, entries = pair
    return (talk.number > 0, talk.door, tuple(entry.rows for entry in entries))


def _talk(entries: list[_Entry], opened: float, paint: Paint) -> Iterator[str]:
    until = opened
    for _, same in groupby(_turns(entries), key=lambda turn: tuple(entry.rows for entry in turn)):
        turn, *others = same
        for entry in turn:
            if entry.began - until >= GAP_SHOWN_S:
                yield paint("quiet", f"{_INDENT}({entry.began - until:.2f} s of silence)")
            until = max(until, entry.ended)
            yield from _shown(entry, paint)
        if others:
            until = others[-1][-1].ended
            times = "once more" if len(others) == 1 else f"{len(others)} times more"
            yield paint("quiet", f"{_INDENT}(the same {times}, until {until:.3f} s)")


def _turns(entries: list[_Entry]) -> list[list[_Entry]]:
    """What is said by us, with what follows until we speak again."""
    turns: list[list[_Entry]] = []
    for entry in entries:
        begins = entry.kind == "sent" and turns and turns[-1][-1].kind != "sent"
        if begins or not turns:
            turns.append([])
        turns[-1].append(entry)
    return turns


def _shown(entry: _Entry, paint: Paint) -> Iterator[str]:
    first, *rest = entry.rows
    yield paint("quiet", f"{entry.began:9.3f} s") + "  " + paint(entry.kind, first)
    for row in rest:
        yield f"{_INDENT}{row}".rstrip()


def _entry(entry: Said | Remark) -> _Entry:
    if isinstance(entry, Remark):
        kind, sign = ("fault", "!") if entry.fault else ("remark", "·")
        return _Entry(entry.at, entry.at, kind, (f"{sign} {show_text(entry.text)}",))
    sent = entry.message.direction == "sent"
    return _Entry(entry.began, entry.ended, "sent" if sent else "received", tuple(_rows(entry)))


def _rows(said: Said) -> Iterator[str]:
    message = said.message
    arrow = "→" if message.direction == "sent" else "←"
    if message.raw:
        yield f"{arrow} {message.body_size} bytes that are no HTTP message{_pieces(said)}"
        yield from _body(message)
        return
    yield f"{arrow} {show_text(message.first_line, LINE_SHOWN)}{_pieces(said)}"
    for name, value in message.headers[:HEADERS_SHOWN]:
        yield f"  {show_text(f'{name}: {value}', LINE_SHOWN)}"
    if len(message.headers) > HEADERS_SHOWN:
        yield f"  … {len(message.headers) - HEADERS_SHOWN} more header lines"
    if message.body_size:
        yield ""
        yield from _body(message)
    if not message.head_complete:
        yield "  (not complete: the empty line after the headers did not come)"
    elif not message.complete:
        yield f"  (not complete: it ends here, after {message.body_size} bytes of the body)"


def _pieces(said: Said) -> str:
    lasted = said.ended - said.began
    if said.pieces < 2 or (said.message.direction == "received" and lasted < GAP_SHOWN_S):
        return ""
    return f"  (in {said.pieces} pieces)" if lasted < GAP_SHOWN_S else f"  (in {said.pieces} pieces, {lasted:.2f} s)"


def _body(message: Message) -> Iterator[str]:
    text = body_text(message)
    if text is None:
        shown = " ".join(f"{byte:02x}" for byte in message.body[:BODY_HEX_SHOWN])
        more = " …" if message.body_size > BODY_HEX_SHOWN else ""
        yield f"  {shown}{more}  ({message.body_size} bytes, not text)"
        return
    rows = text[:BODY_TEXT_SHOWN].removesuffix("\n").split("\n")
    for row in rows[:BODY_LINES_SHOWN]:
        yield f"  {show_text(row, LINE_SHOWN)}"
    if len(rows) > BODY_LINES_SHOWN or len(text) > BODY_TEXT_SHOWN or message.body_size > len(message.body):
        yield f"  … ({message.body_size} bytes in all)"
