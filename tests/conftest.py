"""Folders for tests in which programs run as another user when the tests run as root."""

import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from firsthand.bench.sandbox.sweep import remove_folder

pytest.register_assert_rewrite("contract")  # the tests that every server passes: a failure shows its values

# Timing never decides a test: other limits bound how long examples may take.
settings.register_profile("firsthand", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("firsthand")

# A shell starts what it sends to the background deaf to Ctrl-C, and every program below inherits that: tests press it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def open_path() -> Iterator[Path]:
    """A folder for this test that every user can search, unlike pytest's own tmp_path."""
    place = Path(tempfile.mkdtemp(prefix="firsthand-test-"))
    place.chmod(0o755)
    yield place
    remove_folder(place)
