"""Values as PostgreSQL sends them in binary, made the text that it would send otherwise."""

import math
import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from firsthand.bench.decoders.message import text_of

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def parameter(value: bytes, *, binary: bool, oid: int) -> str:
    """A bound parameter as text; binary ones of types unknown here in hexadecimal, as a bytea is written."""
    if not binary:
        return text_of(value)
    read = _READ.get(oid, _hex)
    try:
        return read(value)
    except (struct.error, ValueError, OverflowError):  # not of the length or range that its type has
        return _hex(value)


def _hex(value: bytes) -> str:
    return "\\x" + value.hex()


def _integer(size: int) -> Callable[[bytes], str]:
    def read(value: bytes) -> str:
        if len(value) != size:
            raise ValueError(f"not {size} bytes")
        return str(int.from_bytes(value, "big", signed=True))

    return read


def _float(form: str) -> Callable[[bytes], str]:
    def read(value: bytes) -> str:
        (number,) = struct.unpack(form, value)
        if math.isnan(number):
            return "NaN"
        if math.isinf(number):
            return "Infinity" if number > 0 else "-Infinity"
        if form == ">f":  # the fewest digits that give the same four bytes
            number = next(short for n in range(6, 18) if struct.pack(form, short := float(f"{number:.{n}g}")) == value)
        return str(number).removesuffix(".0")

    return read


def _bool(value: bytes) -> str:
    if len(value) != 1:
        raise ValueError("not one byte")
    return "t" if value != b"\0" else "f"


def _jsonb(value: bytes) -> str:
    if value[:1] != b"\x01":
        raise ValueError("not of version 1")
    return text_of(value[1:])


def _date(value: bytes) -> str:
    (days,) = struct.unpack(">i", value)
    return (date(2000, 1, 1) + timedelta(days=days)).isoformat()


def _timestamp(value: bytes) -> str:
    (microseconds,) = struct.unpack(">q", value)
    return str((_EPOCH + timedelta(microseconds=microseconds)).replace(tzinfo=None))


def _timestamptz(value: bytes) -> str:
    return f"{_timestamp(value)}+00"


def _uuid(value: bytes) -> str:
    return str(UUID(bytes=value))


def _numeric(value: bytes) -> str:
    """Digits to the base of 10,000, with the weight of the first one (src/backend/utils/adt/numeric.c)."""
    size, weight, sign, scale = struct.unpack_from(">HhHH", value)
    if sign not in (0, 0x4000) or size * 2 + 8 != len(value) or not -100 <= weight <= 100 or scale > 400:
        raise ValueError("not a number that is worth writing out")
    digits = struct.unpack_from(f">{size}H", value, 8)
    whole = "".join(f"{_digit(digits, i):04}" for i in range(weight + 1)).lstrip("0") or "0"
    groups = scale // 4 + 1
    fraction = "".join(f"{_digit(digits, weight + 1 + i):04}" for i in range(groups))[:scale]
    return ("-" if sign else "") + whole + (f".{fraction}" if fraction else "")


def _digit(digits: tuple[int, ...], place: int) -> int:
    return digits[place] if 0 <= place < len(digits) else 0


_READ: dict[int, Callable[[bytes], str]] = {
    16: _bool,
    20: _integer(8),
    21: _integer(2),
    23: _integer(4),
    26: _integer(4),  # oid
    700: _float(">f"),
    701: _float(">d"),
    1082: _date,
    1114: _timestamp,
    1184: _timestamptz,
    1700: _numeric,
    2950: _uuid,
    3802: _jsonb,
    **dict.fromkeys((18, 19, 25, 114, 705, 1042, 1043), text_of),  # char, name, text, json, unknown, bpchar, varchar
}
"""By the type's number in pg_type."""
