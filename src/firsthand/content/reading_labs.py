"""Reads one lab: lab.toml, its stages, their checks and hints."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from firsthand.content.checks_source import read_checks
from firsthand.content.findings import Finding, Kind, Report
from firsthand.content.model import (
    CheckDeclaration,
    Lab,
    PeerUse,
    Ready,
    ServerUse,
    Stage,
    StarterPromise,
    Subject,
    Variable,
    VariableKind,
)
from firsthand.content.servers import KINDS
from firsthand.content.source import Table, read_toml
from firsthand.core import limits

SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
SUBJECTS: tuple[Subject, ...] = get_args(Subject)
READINESS: tuple[Ready, ...] = ("tcp", "http", "alive")
VARIABLE_KINDS: tuple[VariableKind, ...] = get_args(VariableKind)
PEERS = ("backend",)


@dataclass(frozen=True)
class LabRead:
    """A lab, and the tables it was read from, which know the lines."""

    lab: Lab
    table: Table
    stage_tables: tuple[Table, ...]
    starter_table: Table | None
    hint_tables: tuple[Table | None, ...]
    """The hints of each stage, None for one without a readable hints.toml."""


def read_lab(folder: Path, unit: str, solutions_folder: Path | None, report: Report) -> LabRead | None:
    """Read the lab in this folder; None, told, when its lab.toml cannot be parsed."""
    table = read_toml(folder / "lab.toml", report)
    if table is None:
        return None
    table.schema()
    stage_tables = tuple(table.tables("stage"))
    stages, hints = _read_stages(folder, stage_tables, report)
    starter_table = table.table("starter")
    lab = Lab(
        id=table.matching("id", SLUG, "net-byo-http"),
        title=table.text("title"),
        summary=table.text("summary"),
        minutes=table.integer("minutes", low=1, high=100_000),
        proves=table.texts("proves"),
        unit=unit,
        stages=stages,
        environment=_environment(table.table("environment", optional=True)),
        ready=table.choice("ready", READINESS, "tcp"),
        ready_s=table.number("ready_s", limits.READY_S, low=0.1, high=limits.RUN_S),
        check_s=table.number("check_s", limits.CHECK_S, low=0.1, high=limits.RUN_S),
        servers=_servers(table, folder),
        peers=_peers(table),
        starter=_starter(starter_table),
        folder=folder,
        file=table.file,
        solutions_folder=solutions_folder,
    )
    table.done()
    return LabRead(lab, table, stage_tables, starter_table, hints)


def _servers(table: Table, folder: Path) -> tuple[ServerUse, ...]:
    names = table.texts("servers", ())
    for position, name in enumerate(names):
        if name not in KINDS:
            message = f'There is no server "{name}"; expected some of {", ".join(KINDS)}.'
            table.tell(Kind.BAD_VALUE, message, "servers", position)
    details = table.table("server", optional=True)
    uses = tuple(_server(name, details, folder) for name in names if name in KINDS)
    if details is not None:
        details.done()
    return uses


def _server(name: str, details: Table | None, folder: Path) -> ServerUse:
    table = details.table(name, optional=True) if details is not None else None
    if table is None:
        return ServerUse(name)
    sql = KINDS[name].takes_sql
    options = table.table("options", optional=True)
    use = ServerUse(
        kind=name,
        if_present=table.boolean("if_present", False),
        own=table.boolean("own", False),
        schema=_file(table, "schema", folder) if sql else "",
        data=_file(table, "data", folder) if sql else "",
        sample=_file(table, "sample", folder) if sql else "",
        options=tuple((key, options.text(key)) for key in options.names()) if options is not None else (),
    )
    table.done()
    return use


def _file(table: Table, key: str, folder: Path) -> str:
    name = table.text(key, "")
    if name and not (folder / name).is_file():
        table.tell(Kind.MISSING_FILE, f"There is no file {name} in the lab's folder.", key)
    return name


def _peers(table: Table) -> tuple[PeerUse, ...]:
    peers = []
    for found in table.tables("peer", optional=True):
        peers.append(
            PeerUse(found.matching("name", SLUG, "alpha"), found.choice("kind", PEERS), found.text("about", ""))
        )
        found.done()
    return tuple(peers)


def _starter(table: Table | None) -> StarterPromise:
    if table is None:
        return StarterPromise("", "", "")
    promise = StarterPromise(table.text("stage"), table.text("check"), table.text("says"))
    table.done()
    return promise


def _environment(table: Table | None) -> tuple[Variable, ...]:
    if table is None:
        return ()
    inner = [(name, table.table(name)) for name in table.names()]
    return tuple(_variable(name, found) for name, found in inner if found is not None)


def _variable(name: str, table: Table) -> Variable:
    if not re.fullmatch(r"[A-Z][A-Z0-9_]*", name):
        words = re.findall(r"[A-Z]*[a-z0-9]+|[A-Z0-9]+", name)
        advice = f"Write {'_'.join(words).upper()}." if words else ""
        table.tell(Kind.VARIABLE_NAME, f"The variable {name} is not in UPPER_CASE.", advice=advice)
    kind = table.choice("kind", VARIABLE_KINDS)
    variable = Variable(name, kind, table.text("about"), table.text("value", ""))
    if (kind == "value") != table.has("value"):
        wrong = "needs a value" if kind == "value" else f"is a {kind}: its value is chosen by the run"
        advice = 'Write value = "...".' if kind == "value" else 'Remove value, or write kind = "value".'
        table.tell(Kind.VARIABLE_VALUE, f"{name} {wrong}.", *(["value"] if table.has("value") else []), advice=advice)
    table.done()
    return variable


def _read_stages(
    folder: Path, tables: tuple[Table, ...], report: Report
) -> tuple[tuple[Stage, ...], tuple[Table | None, ...]]:
    seen: dict[str, CheckDeclaration] = {}
    hints: list[Table | None] = []
    stages = []
    for number, table in enumerate(tables, 1):
        stage_id = table.matching("id", SLUG, "status-line")
        place = _stage_folder(folder / "stages", number, stage_id, table)
        hint_table = read_toml(place / "hints.toml", report) if (place / "hints.toml").is_file() else None
        hints.append(hint_table)
        stages.append(
            Stage(
                id=stage_id,
                number=number,
                title=table.text("title"),
                subject=table.choice("subject", SUBJECTS),
                files=table.texts("files", ()),
                repository=_repository(table),
                needs=table.texts("needs", ()),
                fresh=table.boolean("fresh", False),
                deadline_s=table.number("deadline_s", limits.STAGE_S, low=1.0, high=limits.RUN_S),
                folder=place,
                checks=_checks(place, hint_table, seen, report),
                line=table.line(),
            )
        )
        table.done()
    return tuple(stages), tuple(hints)


def _repository(table: Table) -> str:
    if table.choice("subject", SUBJECTS) == "repo":
        return table.matching("repository", SLUG, "1-first-commits")
    if table.has("repository"):
        message = "Only a stage with the subject repo names a repository."
        table.tell(Kind.BAD_VALUE, message, "repository", advice='Remove it, or write subject = "repo".')
    return table.text("repository", "")


def _checks(
    place: Path, hint_table: Table | None, seen: dict[str, CheckDeclaration], report: Report
) -> tuple[CheckDeclaration, ...]:
    if not place.is_dir():  # told already
        return ()
    if not (place / "brief.md").is_file():
        what = "The stage has no brief.md."
        report(
            Finding(place, 0, what, "Write what is asked, precisely enough that no one must guess.", Kind.MISSING_FILE)
        )
    hints = {name: hint_table.texts(name) for name in hint_table.names()} if hint_table else {}
    return read_checks(place / "checks.py", report, seen=seen, hints=hints)


def _stage_folder(parent: Path, number: int, stage_id: str, table: Table) -> Path:
    expected = parent / f"{number:02}-{stage_id}"
    if not stage_id or expected.is_dir():
        return expected
    for other in stage_folders(parent):
        if other.name.partition("-")[2] == stage_id:
            message = f'The stage "{stage_id}" is number {number} here, but its folder is {other.name}.'
            table.tell(Kind.STAGE_FOLDER_NUMBER, message, advice=f"Rename the folder to {expected.name}.")
            return other
    message = f'The stage "{stage_id}" has no folder.'
    table.tell(Kind.STAGE_FOLDER_MISSING, message, advice=f"Make stages/{expected.name}/.")
    return expected


def stage_folders(parent: Path) -> list[Path]:
    """The folders in `stages/`, without what tools leave behind."""
    if not parent.is_dir():
        return []
    return sorted(p for p in parent.iterdir() if p.is_dir() and not p.name.startswith((".", "__")))
