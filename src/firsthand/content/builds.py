"""Reads what a lab about tests runs a learner's tests against: the good build, mutants, and other right builds."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from firsthand.content.findings import Kind, Report
from firsthand.content.source import Table, read_toml

FOLDER = "builds"
FILE_NAME = "builds.toml"
SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"


@dataclass(frozen=True)
class Build:
    """One build of the units under test: their files by name, to be laid over those of a workspace."""

    id: str
    about: str
    """Of a mutant the id of the promise that it breaks; of another right build the freedom that it takes."""
    files: dict[str, str]

    def __hash__(self) -> int:
        return hash(self.id)


@dataclass(frozen=True)
class Builds:
    """All builds in one language."""

    language: str
    good: Build
    mutants: tuple[Build, ...]
    variants: tuple[Build, ...]
    """Other builds that keep every promise, each in its own way."""

    def breaking(self, *promises: str) -> tuple[Build, ...]:
        """The mutants that break one of these promises."""
        return tuple(build for build in self.mutants if build.about in promises)

    def variant(self, name: str) -> Build:
        """The right build of this id; raises KeyError when there is none."""
        return {build.id: build for build in self.variants}[name]


def read_builds(lab: Path, language: str, report: Report) -> Builds | None:
    """The builds of the lab in this folder; None, told, when they cannot be read.

    `builds/<language>/builds.toml` names the units and the mutants, each by a text of the starter's unit that is found
    once and put in another way. Whole files of a mutant, and of other right builds, lie in `builds/<language>/<id>/`.
    """
    folder = lab / FOLDER / language
    table = read_toml(folder / FILE_NAME, report)
    if table is None:
        return None
    table.schema()
    units = {name: _unit(table, lab / "starters" / language / name) for name in table.texts("units")}
    mutants = tuple(_mutant(each, units, folder) for each in table.tables("mutant"))
    variants = tuple(_variant(each, units, folder) for each in table.tables("variant", optional=True))
    table.done()
    _tell_doubles(table, (*mutants, *variants))
    return Builds(language, Build("good", "", units), mutants, variants)


def _unit(table: Table, file: Path) -> str:
    if file.is_file():
        return file.read_text(encoding="utf-8")
    table.tell(Kind.MISSING_FILE, f"The starter has no {file.name}.", "units")
    return ""


def _mutant(table: Table, units: dict[str, str], folder: Path) -> Build:
    name, promise = table.matching("id", SLUG, "five-pays"), table.text("breaks")
    if table.boolean("whole", False):
        table.done()
        return Build(name, promise, _whole(table, name, units, folder))
    file, find, put = table.choice("file", list(units)), table.text("find"), table.text("put")
    table.done()
    times = units.get(file, "").count(find)
    if times != 1:
        table.tell(Kind.BAD_VALUE, f"The text to find stands {times} times in {file}; expected once.", "find")
    return Build(name, promise, {**units, file: units.get(file, "").replace(find, put)})


def _variant(table: Table, units: dict[str, str], folder: Path) -> Build:
    name, freedom = table.matching("id", SLUG, "other-seats"), table.text("freedom")
    table.done()
    return Build(name, freedom, _whole(table, name, units, folder))


def _whole(table: Table, name: str, units: dict[str, str], folder: Path) -> dict[str, str]:
    """The units with those in their place that lie in the build's own folder."""
    files = {file.name: file.read_text(encoding="utf-8") for file in (folder / name).glob("*") if file.name in units}
    if not files:
        table.tell(Kind.MISSING_FILE, f"There is no folder {name} with any of {', '.join(units)}.", "id")
    return {**units, **files}


def _tell_doubles(table: Table, builds: Sequence[Build]) -> None:
    seen = {"good"}
    for build in builds:
        if build.id in seen:
            table.tell(Kind.BAD_VALUE, f"There are two builds {build.id}.")
        seen.add(build.id)
