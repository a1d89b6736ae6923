"""Says how to get a command that is missing, in the words of this machine's package manager."""

import shutil

_PACKAGES: dict[str, dict[str, str]] = {
    "python3": {"apt": "python3", "dnf": "python3", "pacman": "python", "apk": "python3", "brew": "python"},
    "node": {"apt": "nodejs", "dnf": "nodejs", "pacman": "nodejs", "apk": "nodejs", "brew": "node"},
    "npm": {"apt": "npm", "dnf": "nodejs-npm", "pacman": "npm", "apk": "npm", "brew": "node"},
    "java": {
        "apt": "default-jdk", "dnf": "java-latest-openjdk-devel", "pacman": "jdk-openjdk", "apk": "openjdk21",
        "brew": "openjdk",
    },
    "mvn": {"apt": "maven", "dnf": "maven", "pacman": "maven", "apk": "maven", "brew": "maven"},
    "gradle": {"apt": "gradle", "pacman": "gradle", "apk": "gradle", "brew": "gradle"},
    "go": {"apt": "golang-go", "dnf": "golang", "pacman": "go", "apk": "go", "brew": "go"},
    "php": {"apt": "php-cli", "dnf": "php-cli", "pacman": "php", "apk": "php", "brew": "php"},
    "composer": {"apt": "composer", "dnf": "composer", "pacman": "composer", "apk": "composer", "brew": "composer"},
    "ruby": {"apt": "ruby", "dnf": "ruby", "pacman": "ruby", "apk": "ruby", "brew": "ruby"},
    "dotnet": {
        "apt": "dotnet-sdk-8.0", "dnf": "dotnet-sdk-8.0", "pacman": "dotnet-sdk", "apk": "dotnet8-sdk",
        "brew": "dotnet",
    },
    "cargo": {"apt": "cargo", "dnf": "cargo", "pacman": "rust", "apk": "cargo", "brew": "rust"},
    "git": {"apt": "git", "dnf": "git", "pacman": "git", "apk": "git", "brew": "git"},
    "make": {"apt": "make", "dnf": "make", "pacman": "make", "apk": "make", "brew": "make"},
    "gcc": {"apt": "gcc", "dnf": "gcc", "pacman": "gcc", "apk": "gcc", "brew": "gcc"},
    "deno": {"pacman": "deno", "brew": "deno"},
    "bun": {"brew": "oven-sh/bun/bun"},
}  # fmt: skip
_SAME = {"python": "python3", "pip": "python3", "pip3": "python3", "javac": "java", "nodejs": "node", "npx": "npm",
         "rustc": "cargo"}  # fmt: skip
_MANAGERS = {
    "apt": "sudo apt install {}",
    "dnf": "sudo dnf install {}",
    "pacman": "sudo pacman -S {}",
    "apk": "sudo apk add {}",
    "brew": "brew install {}",
}


def how_to_install(name: str) -> str:
    """A sentence with the command that installs it; empty for a command we do not know."""
    packages = _PACKAGES.get(_SAME.get(name, name))
    if packages is None:
        return ""
    for manager, command in _MANAGERS.items():
        if manager in packages and shutil.which(manager):
            return f"Install it: {command.format(packages[manager])}"
    return f"Install {_SAME.get(name, name)} from its own site, and open a new terminal."
