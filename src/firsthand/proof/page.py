"""Runs the blocks of one lesson in order, in a fresh folder of its own, bounded as programs that are checked are."""

import asyncio
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from firsthand.bench.ports import Command, Leases, Program, Sandbox, Wanted
from firsthand.bench.program.ports_book import PortBook
from firsthand.bench.sandbox import open_sandbox
from firsthand.bench.sandbox.sweep import claim_folder, remove_folder
from firsthand.content.blocks import Block
from firsthand.content.findings import Finding, Kind
from firsthand.core.deadlines import Deadline, machine_factor, until
from firsthand.core.places import temp_dir
from firsthand.proof.page_tools import Tools, refuse_not_found, servers_of
from firsthand.proof.printed import difference, shown

BLOCK_S = 20.0
"""How long a run block may take; stretched by core.deadlines.machine_factor."""
END_S = 1.0
"""So long after a block has ended, whatever it started may still be about to end."""

_SQL_FAILED = re.compile(r"^(?:ERROR|FATAL): ", re.MULTILINE)
_JS_MODULE = re.compile(
    r"^(?:import\b(?! *\()|export\b|await\b|for await\b|(?:const|let|var)\b.*= *await\b)", re.MULTILINE
)


async def run_page(page: Path, blocks: Sequence[Block], tools: Tools, leases: Leases | None) -> list[Finding]:
    """Run the blocks of this file; what is not as they say. After one that does not end nothing more is run.

    `leases` lends the servers that the blocks speak to, if they do. Nothing is left behind.

    Raises:
        StartError: a command that a block names is not on this machine.
        WorldError: there is no place to work in, or a server is missing or does not start.
    """
    async with AsyncExitStack() as steps:
        place = claim_folder(temp_dir(), f"page-{secrets.token_hex(4)}")
        steps.callback(remove_folder, place)
        sandbox = open_sandbox(place)
        steps.push_async_callback(sandbox.close)
        ports = PortBook(page, 0)
        steps.callback(ports.close)
        variables = {"PORT": str(ports.take("PORT")), "TMPDIR": str(place / "tmp")}
        for kind in servers_of(blocks):
            assert leases is not None, "a page with servers is given leases"
            lease = await leases.lease(Wanted(kind, place.name, 0))
            steps.push_async_callback(leases.release, lease)
            variables |= lease.environment_at(lease.address)
        return await _Page(page, place, sandbox, tools, variables).run(blocks)


class _Page:
    def __init__(self, file: Path, place: Path, sandbox: Sandbox, tools: Tools, variables: dict[str, str]) -> None:
        self._file = file
        self._sandbox = sandbox
        self._tools = tools
        self._work = place / "page"
        self._database = variables.get("DATABASE_URL", "")
        for folder in (self._work, place / "tmp"):
            folder.mkdir()
            folder.chmod(0o755)
            sandbox.give(folder)
        tools.put_beside(self._work)
        self._environment = tools.environment(self._work, variables)

    async def run(self, blocks: Sequence[Block]) -> list[Finding]:
        found: list[Finding] = []
        for block, after in zip(blocks, [*blocks[1:], None], strict=True):
            if block.kind == "file":
                self._write(self._work / block.file, block.text)
            elif block.kind == "run":
                found += await self._run(block, after if after and after.kind == "output" else None)
                if any(finding.kind is Kind.RUN_TIME for finding in found):
                    break
        return found

    def _write(self, file: Path, text: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        self._sandbox.give(self._work)

    async def _run(self, block: Block, said: Block | None) -> list[Finding]:
        script = self._script(block)
        if block.language in ("python", "js"):
            self._write(script, block.text)
        stdin = block.text.encode() if block.language == "sql" else None
        argv = self._tools.start(block, script, self._database)
        deadline = Deadline.after(BLOCK_S, machine_factor())
        program = await self._sandbox.spawn(Command(argv, self._work, self._environment, stdin=stdin))
        try:
            async with asyncio.timeout(deadline.left_s):
                code: int | None = await program.wait()
            left = not await until(lambda: _is_alone(program), Deadline.after(END_S))
        except TimeoutError:
            code, left = None, False
        finally:
            await program.stop(0)
            script.unlink(missing_ok=True)
        printed = program.stdout.data().decode("utf-8", "replace").replace("\r\n", "\n")
        refuse_not_found(printed, said.text if said else "")
        if code is None:
            message = f"This did not end within {deadline.allowed_s:.0f} s."
            return [self._finding(Kind.RUN_TIME, block, message, f"It printed:\n{shown(printed)}")]
        return list(self._judged(block, said, code, printed, left=left))

    def _script(self, block: Block) -> Path:
        """Where the text of a block is while it runs: under a name that the page has not used."""
        suffix = ".py" if block.language == "python" else ".mjs" if _JS_MODULE.search(block.text) else ".js"
        names = ("example", *(f"example-{number}" for number in range(2, 100)))
        return next(file for name in names if not (file := self._work / f"{name}{suffix}").exists())

    def _judged(self, block: Block, said: Block | None, code: int, printed: str, *, left: bool) -> Iterator[Finding]:
        if block.language == "sql" and code == 0 and _SQL_FAILED.search(printed):
            code = 1
        if code != block.exit_code:
            words = f"by signal {-code}" if code < 0 else f"with exit code {code}"
            message = f"This ended {words}; expected {block.exit_code}."
            yield self._finding(Kind.RUN_EXIT, block, message, f"It printed:\n{shown(printed)}")
        if left:
            advice = "End what it started, and wait for it: kill $!; wait"
            yield self._finding(Kind.RUN_LEFT, block, "This has ended and left programs running.", advice)
        if said is not None:
            other = difference(self._file, said, printed)
            if other is not None:
                yield other

    def _finding(self, kind: Kind, block: Block, message: str, advice: str) -> Finding:
        return Finding(self._file, block.line, message, advice, kind)


async def _is_alone(program: Program) -> bool:
    return await program.process_count() == 0
