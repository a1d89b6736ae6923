"""A recorded wire that is too long to be read, as a line for each check: how much was said to whom."""

from collections.abc import Iterable

from firsthand.bench.wire import Record
from firsthand.cli.heading import Failures
from firsthand.cli.screen import BLANK, Line, line
from firsthand.study import invocation

Where = tuple[str, str]


def overview(records: Iterable[Record], run: str, length: int, failed: Failures) -> list[Line]:
    """A line for each check and whom it was said to, and how to see more; `length` is that of all."""
    talked = _talked(records)
    width = max(len(check) for (_, check), _ in talked)
    doors = max(len(door) for _, door in talked)
    several = len({door for _, door in talked}) > 1
    shown, stage_before, check_before = [], "", ""
    for ((stage, check), door), (knocked, sent, received) in talked.items():
        if stage != stage_before:
            shown.append(line((stage, "strong")))
        mark = line(("✗ ", "bad")) if (stage, check) in failed else line("  ")
        named = check if (stage, check) != (stage_before, check_before) else ""
        whom = f"{door:<{doors}}  " if several else ""
        times = "connection " if knocked == 1 else "connections"
        words = f"{named:<{width}}  {whom}{knocked:>4} {times}  → {sent:>9,} bytes  ← {received:>10,} bytes"
        shown.append(line(*(mark.parts if named else ("  ",)), words, verbatim=True))
        stage_before, check_before = stage, check
    example = next((check for _, check in failed), next(iter(talked))[0][1])
    one, everything = (invocation.spell("trace", run, *words) for words in (("--check", example), ("--all",)))
    return [
        *shown,
        BLANK,
        line("One of them:  ", (one, "code"), verbatim=True),
        line(f"All {length:,} lines:  ", (everything, "code"), verbatim=True),
    ]


def _talked(records: Iterable[Record]) -> dict[tuple[Where, str], list[int]]:
    """Connections opened, bytes sent and bytes received, by check and door, in the order of the checks."""
    opened: dict[int, Record] = {}
    counts: dict[Where, dict[str, list[int]]] = {}
    for record in records:
        if record.kind == "open":
            opened[record.conn] = record
        if record.kind not in ("open", "sent", "received") or record.conn not in opened:
            continue
        its = record if record.check else opened[record.conn]
        of_door = counts.setdefault((its.stage, its.check), {}).setdefault(opened[record.conn].door, [0, 0, 0])
        size = len(record.data) + record.left_out
        of_door[0] += record.kind == "open"
        of_door[1] += size if record.kind == "sent" else 0
        of_door[2] += size if record.kind == "received" else 0
    return {(where, door): numbers for where, of in counts.items() for door, numbers in of.items()}
