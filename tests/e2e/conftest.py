"""A place of its own for each test of the public command."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from public_command import Place

from firsthand.bench.sandbox.sweep import remove_folder


@pytest.fixture
def place() -> Iterator[Place]:
    """A home, content and a workspace; gone after the test."""
    root = Path(tempfile.mkdtemp(prefix="firsthand-test-"))
    root.chmod(0o755)
    yield Place(root)
    remove_folder(root)
