"""The two wheels: the learner's has no solution in it, the other nothing but solutions, and the first works alone."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from house.repository import PYTHON, ROOT, below

pytestmark = pytest.mark.slow

APART = ("/solutions/", "/bugs/")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both wheels, built without a network, by name."""
    folder = tmp_path_factory.mktemp("wheels")
    for project in (ROOT, ROOT / "packages/solutions"):
        command = [PYTHON, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
        built = subprocess.run(command, cwd=project, capture_output=True, text=True)
        assert built.returncode == 0, built.stdout + built.stderr
    return {wheel.name.partition("-")[0]: wheel for wheel in folder.glob("*.whl")}


@pytest.fixture(scope="module")
def unpacked(wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the learner's wheel and what it depends on."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    (site,) = (folder / "venv").glob("lib/python3.*/site-packages")
    _extract(wheels["firsthand"], site)
    (folder / "depends").mkdir()
    own = next(Path(p) for p in sys.path if p.endswith("site-packages"))
    for dependency in own.iterdir():
        if "firsthand" not in dependency.name and dependency.suffix != ".pth":
            (folder / "depends" / dependency.name).symlink_to(dependency)
    (site / "depends.pth").write_text(f"{folder / 'depends'}\n")
    return folder


def test_the_learners_wheel_has_lessons_labs_and_checks_and_gives_nothing_away(wheels: dict[str, Path]) -> None:
    names = _content(wheels["firsthand"], "firsthand/_paths/")

    assert [name for name in names if any(part in f"/{name}" for part in APART)] == []
    assert names == {name for name in _repository_content() if not any(part in name for part in APART)}
    assert any(name.endswith("/checks.py") for name in names)


def test_the_solutions_wheel_has_nothing_else(wheels: dict[str, Path]) -> None:
    names = _content(wheels["firsthand_solutions"], "firsthand_solutions/_paths/")

    assert names == {name for name in _repository_content() if any(part in name for part in APART)}
    assert names, "there are solutions"
    everything = zipfile.ZipFile(wheels["firsthand_solutions"]).namelist()
    others = [n for n in everything if "_paths/" not in n and ".dist-info/" not in n]
    assert others == ["firsthand_solutions/__init__.py"]


def test_both_carry_the_same_version_and_their_licences(wheels: dict[str, Path]) -> None:
    assert len({wheel.name.split("-")[1] for wheel in wheels.values()}) == 1
    licences = {Path(n).name for n in zipfile.ZipFile(wheels["firsthand"]).namelist() if "/licenses/" in n}
    assert licences == {"LICENSE", "LICENSE-content"}


def test_the_learners_wheel_works_in_a_fresh_environment(unpacked: Path) -> None:
    version, labs = _call(unpacked, "--version"), _call(unpacked, "labs")

    assert version.returncode == 0, version.stderr
    assert version.stdout.startswith("firsthand ")
    assert labs.returncode == 0, labs.stderr
    assert "net-byo-http" in labs.stdout


def test_it_finds_solutions_once_their_wheel_is_there(unpacked: Path, wheels: dict[str, Path]) -> None:
    ask = (
        "from firsthand.content.load import load; from firsthand.content.roots import default_roots\n"
        "print(load(default_roots()).lab('net-byo-http').solutions())"
    )
    before = _python(unpacked, "-c", ask)
    _extract(wheels["firsthand_solutions"], next((unpacked / "venv").glob("lib/python3.*/site-packages")))
    after = _python(unpacked, "-c", ask)

    assert before.stdout == "()\n", before.stderr
    assert "'python'" in after.stdout, after.stderr


def _call(unpacked: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return _python(unpacked, "-P", "-m", "firsthand", *args)


def _python(unpacked: Path, *args: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "FIRSTHAND_HOME": str(unpacked / "home")}
    return subprocess.run([unpacked / "venv/bin/python", *args], cwd=unpacked, env=env, capture_output=True, text=True)


def _extract(wheel: Path, site: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)


def _content(wheel: Path, prefix: str) -> set[str]:
    return {n.removeprefix(prefix) for n in zipfile.ZipFile(wheel).namelist() if n.startswith(prefix)}


def _repository_content() -> set[str]:
    return {str(file.relative_to(ROOT / "paths")) for file in below("paths") if "in-proof" not in file.parts}
