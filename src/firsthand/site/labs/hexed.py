"""Bytes for human eyes: rows of hexadecimal digits and characters, and text with what is no text made visible."""

from dataclasses import dataclass

ROW_BYTES = 16


@dataclass(frozen=True)
class HexRow:
    """Sixteen bytes."""

    offset: str
    digits: str
    characters: str


def hex_rows(data: bytes) -> list[HexRow]:
    """The bytes, sixteen in a row."""
    return [
        HexRow(f"{at:04x}", data[at : at + ROW_BYTES].hex(" "), _characters(data[at : at + ROW_BYTES]))
        for at in range(0, len(data), ROW_BYTES)
    ]


def raw_text(data: bytes) -> str:
    """The bytes as text, line by line; line ends are shown as they came, and so is what cannot be printed."""
    shown = []
    for char in data.decode("utf-8", "backslashreplace"):
        if char == "\n":
            shown.append("\\n\n")
        elif char == "\r":
            shown.append("\\r")
        else:
            shown.append(char if char.isprintable() else char.encode("unicode_escape").decode())
    return "".join(shown)


def _characters(data: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in data)
