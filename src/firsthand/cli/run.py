"""`firsthand run`: starts a program as a check would, and leaves it to its learner."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from firsthand.cli.arguments import LAB

if TYPE_CHECKING:
    from firsthand.bench.decoders.exchange import Exchange
    from firsthand.bench.live import Ready
    from firsthand.content.model import Lab
    from firsthand.core.events import AnyEvent
    from firsthand.study.workspace import Workspace

PRINTED_MAX = 10_000
"""Lines of the program's output that are shown; a flood would hide everything else."""


@click.command()
@click.argument("directory", required=False, metavar="[DIR]", type=click.Path(path_type=Path))
@click.option("--lab", default="", metavar="LAB", type=LAB, help="The lab, where no firsthand.toml says it.")
@click.option("--fresh", is_flag=True, help="Forget the data that earlier runs have kept.")
def run(directory: Path | None, lab: str, fresh: bool) -> int:
    """Start the program in DIR (where you are, unless told) as a check would, until Ctrl-C.

    The same environment and the same folders, a port that stays the same, and no deadlines. A worker is started
    too, where the Procfile names one. Each exchange is shown while you try your program by hand. What it keeps in its
    folders is there the next time.
    """
    from firsthand.core.errors import UsageError
    from firsthand.study import library
    from firsthand.study.workspace import given

    workspace = given(directory, lab)
    found = library.lab(workspace.lab)
    if found.subject == "repo":
        raise UsageError(
            f"{found.id} is about Git repositories: nothing of it runs.",
            advice=f"Work in them with git: {', '.join(found.repositories)}.",
        )
    if found.subject == "tests":
        raise UsageError(
            f"{found.id} is about tests: nothing of it goes on running by itself.",
            advice="Run them yourself: python -m pytest, or node --test.",
        )
    if found.is_called:
        raise UsageError(
            f"The program of {found.id} is a command: nothing of it goes on running by itself.",
            advice="Call it yourself in the terminal, as its brief shows.",
        )
    print(f"{found.id} · {workspace.folder}", flush=True)
    return asyncio.run(_run(found, workspace, fresh=fresh))


async def _run(lab: "Lab", workspace: "Workspace", *, fresh: bool) -> int:
    from firsthand.bench.live import Live, kept_folders, live
    from firsthand.bench.warm.lending import lent
    from firsthand.cli.screen import line, show
    from firsthand.core.places import cache_dir, temp_dir, worlds_dir

    until = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, until.set)
    screen = _Screen(lab, workspace)
    async with lent(lab) as leases:
        ended = await live(
            lab,
            workspace.folder,
            Live(screen.event, screen.ready, screen.exchange, screen.output),
            until,
            cache=cache_dir(),
            temp=temp_dir(),
            folders=kept_folders(lab, workspace.folder, worlds_dir()),
            fresh=fresh,
            leases=leases,
            language=workspace.language,
        )
    screen.flush()
    if ended:
        show([line(("✗ ", "bad"), f"Your program {ended}.")])
        return 1
    show([line("Stopped.")])
    return 0


def client_command(kind: str, url: str) -> str:
    """What a learner types to look into a server of this kind; empty where nothing common does."""
    parts = urlsplit(url if "://" in url else f"//{url}")
    match kind:
        case "postgres":
            return f"psql {url}"
        case "redis":
            return f"redis-cli --no-auth-warning -u {url}"
        case "rabbitmq":
            return f"amqp-get --url={url} --queue=QUEUE"
        case "mariadb":
            database = parts.path.lstrip("/")
            login = f"--user={parts.username} --password={parts.password}"
            return f"mariadb --host={parts.hostname} --port={parts.port} {login} {database}"
        case "dns":
            return f"dig @{parts.hostname} -p {parts.port} NAME TYPE"
    return ""


class _Screen:
    """What is printed while the program runs: its output as it is, and a line for each exchange."""

    def __init__(self, lab: "Lab", workspace: "Workspace") -> None:
        self._lab = lab
        self._workspace = workspace
        self._rest = b""
        self._printed = 0

    def event(self, event: "AnyEvent") -> None:
        from firsthand.cli.screen import line, show
        from firsthand.core.events import BuildStarted, Notice
        from firsthand.study import invocation

        if isinstance(event, Notice):
            show([line(("note: ", "warn"), invocation.spelt(event.text))])
        elif isinstance(event, BuildStarted):
            show([line(("build: ", "dim"), event.command)])

    def ready(self, ready: "Ready") -> None:
        from firsthand.cli.screen import line, show
        from firsthand.study import invocation

        facts = self._facts(ready)
        width = max(map(len, facts), default=0)
        others = {"sql": "The servers run."}.get(self._lab.subject, "The server runs, with your configuration.")
        what = "Your program runs." if self._lab.is_about("program") else others
        lines = [line(("✓ ", "good"), what)]
        lines += [line(f"{name:<{width}}  ", (fact, "code"), indent=2, verbatim=True) for name, fact in facts.items()]
        again = invocation.spell("run", "--fresh", workspace=self._workspace.folder)
        kept = [*(["your program's folders"] if ready.folders else []), *(s.title for s in ready.servers if s.kept)]
        if kept:
            lines.append(line(f"What is in {' and '.join(kept)} stays for the next time, until ", (again, "code"), "."))
        new = [server.title for server in ready.servers if not server.kept]
        if new and self._lab.is_about("program"):
            lines.append(line(f"{' and '.join(new)} begins anew each time."))
        lines.append(line("Press Ctrl-C to stop it; start it again after you have changed it."))
        show(lines)

    def _facts(self, ready: "Ready") -> dict[str, str]:
        address = ready.address
        facts = {"address": f"http://{address}/", "try": f"curl -i http://{address}/"} if address is not None else {}
        facts |= {variable: str(path) for variable, path in ready.folders.items()}
        for server in ready.servers:
            facts[server.variable or server.title] = server.url
            command = client_command(server.kind, server.url)
            if command:
                facts[f"ask {server.title}"] = command
            if server.site:
                facts[f"see {server.title}"] = server.site
        return facts | ready.peers

    def exchange(self, door: str, exchange: "Exchange") -> None:
        from firsthand.cli.screen import line, show

        took = f"  {(exchange.ended - exchange.began) * 1000:.1f} ms"
        show(
            [
                line(
                    (f"{door}  ", "dim"),
                    (exchange.summary, "" if exchange.ok else "warn"),
                    (took, "dim"),
                    verbatim=True,
                )
            ]
        )

    def output(self, data: bytes) -> None:
        *whole, self._rest = (self._rest + data).split(b"\n")
        for text in whole:
            self._print(text)
        if len(self._rest) > 4096:
            self.flush()

    def flush(self) -> None:
        if self._rest:
            self._print(self._rest)
            self._rest = b""

    def _print(self, text: bytes) -> None:
        from firsthand.bench.failures import show_text

        self._printed += 1
        if self._printed < PRINTED_MAX:
            print("  |", show_text(text.decode("utf-8", "replace"), 400), flush=True)
        elif self._printed == PRINTED_MAX:
            print(f"  | (more than {PRINTED_MAX} lines; the rest is not shown)", file=sys.stdout, flush=True)
