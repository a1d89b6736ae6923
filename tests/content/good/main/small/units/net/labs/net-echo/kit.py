"""What the stages share."""

GREETING = b"hello\n"
