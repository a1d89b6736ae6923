"""How a check fails: the one exception that is the learner's, and bytes shown with a pointer at the first wrong one."""

import msgspec

from firsthand.core.results import Failure, FailureKind

SHOWN_BYTES = 48
"""How many bytes around the first wrong one are shown."""
SHOWN_CHARACTERS_MAX = 4_000
"""More of one text of a failure helps nobody, and a check may quote a whole reply."""


class CheckFailed(Exception):  # noqa: N818  # a finding, not an error of ours
    """The program did not keep a rule. Raised by `expect` and by clients, never for our own faults."""

    def __init__(self, failure: Failure) -> None:
        """`failure` says why; the run adds what only it knows, such as the reproducing command."""
        self.failure = failure
        super().__init__(failure.message)


def failed(
    message: str,
    *,
    kind: FailureKind = "mismatch",
    expected: str = "",
    got: str = "",
    detail: str = "",
    remark: str = "",
) -> CheckFailed:
    """A CheckFailed to be raised, with what was expected and what came as texts that are safe to show."""
    return CheckFailed(Failure(kind=kind, message=message, expected=expected, got=got, detail=detail, remark=remark))


def show_text(text: str, most: int = 300) -> str:
    """The text on one line, control characters and escapes made visible, the middle left out when it is long."""
    shown = "".join(c if c.isprintable() else _escape(c) for c in text)
    if len(shown) <= most:
        return shown
    return f"{shown[: most // 2]} … {shown[-most // 3 :]} ({len(text)} characters)"


def safe_to_show(failure: Failure) -> Failure:
    """The failure with its words made safe: they may quote what a program sent, and a terminal must not obey that."""
    names = ("message", "expected", "got", "remark", "where")  # the others are made by us, and safe
    return msgspec.structs.replace(failure, **{name: show_lines(getattr(failure, name)) for name in names})


def show_lines(text: str) -> str:
    """The text with its lines kept, control characters and escapes made visible, and an end."""
    more = f"… ({len(text)} characters)" if len(text) > SHOWN_CHARACTERS_MAX else ""
    shown = (c if c.isprintable() or c == "\n" else _escape(c) for c in text[:SHOWN_CHARACTERS_MAX])
    return "".join(shown) + more


def show_bytes(data: bytes, most: int = SHOWN_BYTES * 4) -> str:
    """The bytes as a quoted literal that everybody can read: printable ASCII as it is, the rest escaped."""
    shown = "".join(_byte(b) for b in data[:most])
    return f'"{shown}"' if len(data) <= most else f'"{shown}"… ({len(data)} bytes)'


def pointer(expected: bytes, got: bytes) -> str:
    """Both byte strings around the first difference, with a mark under the first wrong byte, and its offset."""
    at = first_difference(expected, got)
    start = max(0, at - SHOWN_BYTES // 2)
    lead = "…" if start else " "
    offset = len(lead) + sum(len(_byte(b)) for b in got[start:at])
    rows = []
    for name, data in (("expected", expected), ("got", got)):
        piece = data[start : start + SHOWN_BYTES]
        more = "…" if start + SHOWN_BYTES < len(data) else ""
        rows.append(f"{name:<9}{lead}{''.join(_byte(b) for b in piece)}{more}")
    what = _difference(expected, got, at)
    rows.append(" " * 9 + " " * offset + f"^ byte {at}: {what}")
    return "\n".join(rows)


def first_difference(one: bytes, other: bytes) -> int:
    """The offset of the first byte in which the two differ; the shorter one's length when it begins the other."""
    shorter = min(len(one), len(other))
    if one[:shorter] == other[:shorter]:
        return shorter
    return next(i for i in range(shorter) if one[i] != other[i])


def _difference(expected: bytes, got: bytes, at: int) -> str:
    if at >= len(got):
        missing = len(expected) - at
        return "ends here, 1 byte is missing" if missing == 1 else f"ends here, {missing} bytes are missing"
    if at >= len(expected):
        many = len(got) - at
        return f"{many} byte{'s' if many > 1 else ''} too many from here"
    return f"expected {_named(expected[at])}, got {_named(got[at])}"


def _named(value: int) -> str:
    names = {0: "NUL", 9: "TAB", 10: "LF", 13: "CR", 32: "space"}
    return f"0x{value:02x} ({names.get(value) or (chr(value) if 32 < value < 127 else 'not ASCII')})"


def _byte(value: int) -> str:
    common = {13: "\\r", 10: "\\n", 9: "\\t", 92: "\\\\", 34: '\\"'}
    if value in common:
        return common[value]
    return chr(value) if 32 <= value < 127 else f"\\x{value:02x}"


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode()
