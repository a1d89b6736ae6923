"""Decoders make messages of recorded bytes: incremental, without I/O, never failing on garbage."""
