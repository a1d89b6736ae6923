"""Firsthand: become a back end developer, and prove every skill on the real thing."""

__version__ = "0.1.0"
