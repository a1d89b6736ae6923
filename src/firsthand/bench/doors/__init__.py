"""Doors stand on the way to a program, server or peer: they relay, record, and can break the way."""
