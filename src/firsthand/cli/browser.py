"""Opens an address in the browser of whoever sits at this machine, where there is one."""

import os
import shlex
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

_KERNEL = Path("/proc/sys/kernel/osrelease")


def open_browser(address: str) -> bool:
    """Whether a program was started that opens the address; how it fares is not waited for, nor is it heard."""
    for command in _openers():
        if shutil.which(command[0]) is None:
            continue
        with suppress(OSError):
            subprocess.Popen(
                [*command, address],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            return True
    return False


def _openers() -> list[list[str]]:
    """The commands to try. Never a browser for terminals: it would draw over ours."""
    chosen = os.environ.get("BROWSER", "").partition(os.pathsep)[0].replace("%s", "").strip()
    commands = [shlex.split(chosen)] if chosen else []
    if sys.platform == "darwin":
        return [*commands, ["open"]]
    if _is_windows_below():
        commands += [["wslview"], ["explorer.exe"]]
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        commands += [["xdg-open"]]
    return [command for command in commands if command]


def _is_windows_below() -> bool:
    """Whether this Linux runs inside Windows (WSL)."""
    try:
        return "microsoft" in _KERNEL.read_text(encoding="ascii").lower()
    except OSError:
        return False
