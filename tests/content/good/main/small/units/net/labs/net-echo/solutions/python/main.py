"""An echo, short enough for a test of the linter."""


def answer(line: bytes) -> bytes:
    return line


print("hello")
