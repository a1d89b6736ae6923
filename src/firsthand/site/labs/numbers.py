"""Numbers that come in addresses: anybody may type anything there."""

DIGITS_MAX = 9


def whole(text: str, otherwise: int = 0) -> int:
    """The whole number, from 0; `otherwise` where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX else otherwise
