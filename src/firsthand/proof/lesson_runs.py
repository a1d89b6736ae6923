"""Runs the pages whose blocks say so, two at a time; one that is unchanged since it was as it says is not run again."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import firsthand
from firsthand.bench.ports import Leases
from firsthand.bench.sandbox.sweep import sweep
from firsthand.bench.warm.lending import borrowed
from firsthand.content.blocks import Block
from firsthand.content.findings import Finding
from firsthand.content.kits import Kit
from firsthand.content.model import Lesson
from firsthand.core.errors import FirsthandError
from firsthand.core.places import cache_dir, temp_dir
from firsthand.proof.page import run_page
from firsthand.proof.page_tools import Tools, servers_of

AT_ONCE = 2
KEPT_MAX = 1_000
"""Pages that are remembered as being as they say."""
_KEY_VERSION = 1

State = Literal["right", "unchanged", "wrong", "not run"]


@dataclass(frozen=True)
class PageRun:
    """What became of one page."""

    lesson: Lesson
    state: State
    findings: tuple[Finding, ...] = ()
    lacks: str = ""
    """Why it was not run: what is missing here, with what to do."""


Watch = Callable[[PageRun], None]
"""Told of every page as it is done."""


@dataclass(frozen=True)
class Runnable:
    """A page with something to run, and the kits that it may use."""

    lesson: Lesson
    blocks: tuple[Block, ...]
    kits: Mapping[str, Kit]

    @classmethod
    def of(cls, lesson: Lesson, kits: Mapping[str, Kit]) -> "Runnable | None":
        """None for a page without a run block."""
        blocks = tuple(part for part in lesson.parts() if isinstance(part, Block) and part.kind != "code")
        return cls(lesson, blocks, kits) if any(block.kind == "run" for block in blocks) else None


def run_pages(pages: Sequence[Runnable], *, again: bool, watch: Watch) -> list[PageRun]:
    """Run these pages; what became of each, in their order. `again` runs those that are unchanged too."""
    return asyncio.run(_run_pages(pages, again, watch))


async def _run_pages(pages: Sequence[Runnable], again: bool, watch: Watch) -> list[PageRun]:
    await sweep(temp_dir())
    at_once = asyncio.Semaphore(AT_ONCE)
    async with AsyncExitStack() as steps:
        running = _Running(steps, again=again)

        async def one(page: Runnable) -> PageRun:
            async with at_once:
                done = await running.run(page)
            watch(done)
            return done

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(page)) for page in pages]
    return [task.result() for task in tasks]


class _Running:
    """What the pages of one call share: the servers, borrowed when the first page asks, and what is remembered."""

    def __init__(self, steps: AsyncExitStack, *, again: bool) -> None:
        self._steps = steps
        self._again = again
        self._right = _Right(cache_dir() / "pages")
        self._leases: Leases | None = None
        self._borrowing = asyncio.Lock()

    async def run(self, page: Runnable) -> PageRun:
        try:
            tools = Tools(page.blocks, page.kits)
            key = _key(page, tools)
            if not self._again and self._right.knows(key):
                return PageRun(page.lesson, "unchanged")
            leases = await self._borrowed() if servers_of(page.blocks) else None
            findings = await run_page(page.lesson.file, page.blocks, tools, leases)
        except (FirsthandError, OSError) as error:
            return PageRun(page.lesson, "not run", lacks=str(error).replace("\n", " "))
        if not findings:
            self._right.remember(key)
        return PageRun(page.lesson, "wrong" if findings else "right", tuple(findings))

    async def _borrowed(self) -> Leases:
        async with self._borrowing:
            if self._leases is None:
                self._leases = await self._steps.enter_async_context(borrowed("lessons"))
            return self._leases


def _key(page: Runnable, tools: Tools) -> str:
    """Changes with what is run, what it is run with, and with our release."""
    blocks = [(b.kind, b.language, b.text, b.exit_code, b.file) for b in page.blocks if b.kind != "diagram"]
    inputs = [_KEY_VERSION, firsthand.__version__, tools.state(), blocks]
    return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()


class _Right:
    """The pages that were found to be as they say: an empty file for each, named by its key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def knows(self, key: str) -> bool:
        return (self._folder / key).exists()

    def remember(self, key: str) -> None:
        """Without room for it the page is run again next time: slower, and as good."""
        with suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            (self._folder / key).touch()
            by_age = sorted(self._folder.iterdir(), key=lambda file: file.stat().st_mtime_ns)
            for file in by_age[:-KEPT_MAX]:
                file.unlink()
