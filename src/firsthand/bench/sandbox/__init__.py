"""Where programs run: tiers that bound them, what they print, and how nothing of them is left behind."""

from pathlib import Path

from firsthand.bench.ports import Sandbox


def open_sandbox(place: Path) -> Sandbox:
    """The strictest tier there is today (plain), for the run whose folder is `place`; needs a running event loop.

    The folder's name is the run's id: every process that is started here carries it as FIRSTHAND_RUN.
    """
    from firsthand.bench.sandbox.plain import PlainSandbox

    return PlainSandbox(place)
