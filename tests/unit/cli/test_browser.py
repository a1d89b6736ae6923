"""Which browser is opened: the one that was chosen, else what the desktop has, never one for terminals."""

import sys

import pytest

from firsthand.cli import browser


@pytest.fixture(autouse=True)
def _plain_linux(monkeypatch, tmp_path) -> None:
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(browser, "_KERNEL", tmp_path / "none")


def test_without_a_desktop_there_is_none() -> None:
    assert browser._openers() == []
    assert not browser.open_browser("http://127.0.0.1:1/")


def test_a_desktop_has_one_and_the_chosen_one_comes_first(monkeypatch) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert browser._openers() == [["xdg-open"]]
    monkeypatch.setenv("BROWSER", "firefox --new-window %s:other")
    assert browser._openers() == [["firefox", "--new-window"], ["xdg-open"]]


def test_inside_windows_its_own_browser_is_asked(monkeypatch, tmp_path) -> None:
    kernel = tmp_path / "osrelease"
    kernel.write_text("5.15.167.4-microsoft-standard-WSL2\n")
    monkeypatch.setattr(browser, "_KERNEL", kernel)
    assert browser._openers() == [["wslview"], ["explorer.exe"]]


def test_on_a_mac_it_is_open(monkeypatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert browser._openers() == [["open"]]


def test_one_that_is_not_there_or_does_not_start_is_passed_over(monkeypatch, tmp_path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("no program")
    broken.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(broken))
    assert not browser.open_browser("http://127.0.0.1:1/")
