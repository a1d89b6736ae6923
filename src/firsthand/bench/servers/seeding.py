"""What a lab's database begins with: its schema, its generated data, and the key by which both are made only once."""

import hashlib
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from firsthand.bench.ports import Wanted
from firsthand.bench.servers.process import run_tool
from firsthand.core.errors import ContentError, RetryableError
from firsthand.core.limits import MIB

DATA_SEEDS = 4
"""Generated data comes in so many variants, which are kept ready."""
DATA_S = 60.0
"""How long a lab's data.py may take."""
STATEMENTS_BYTES_MAX = 256 * MIB

_RUNNER = """
import importlib.util, json, sys
file, seed = sys.argv[1:]
sys.path.insert(0, file.rpartition("/")[0])
spec = importlib.util.spec_from_file_location("data", file)
module = importlib.util.module_from_spec(spec)
sys.modules["data"] = module
spec.loader.exec_module(module)
from firsthand.core.randomness import Rng
found = []
for statement in module.statements(Rng(int(seed), "data")):
    if not isinstance(statement, str):
        raise TypeError(f"statements() yielded {type(statement).__name__}, not text")
    found.append(json.dumps(statement))
print("\\n".join(found))
"""


@dataclass(frozen=True)
class Seeding:
    """The SQL that a database begins with."""

    schema_file: Path | None
    schema: str
    data_file: Path | None
    data_seed: int
    key: str
    """Names it: a digest of the files, what is imported beside them, and the data seed."""

    @classmethod
    def of(cls, wanted: Wanted, *more: str) -> "Seeding":
        """What this run wants; `more` is what else its database depends on, such as the server's version.

        Raises:
            ContentError: a file cannot be read.
        """
        schema = _read(wanted.schema)
        data = _read(wanted.data)
        seed = wanted.seed % DATA_SEEDS if wanted.data.endswith(".py") else 0
        # data.py may import what lies beside it, such as the lab's kit.
        beside = sorted(Path(wanted.data).parent.glob("*.py")) if wanted.data else []
        parts = [schema, data, *(_read(str(file)) for file in beside), str(seed).encode()]
        parts += [text.encode() for text in more]
        digest = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
        return cls(
            Path(wanted.schema) if wanted.schema else None,
            _text(Path(wanted.schema)) if wanted.schema else "",
            Path(wanted.data) if wanted.data else None,
            seed,
            digest[:16],
        )

    async def statements(self) -> Sequence[str]:
        """The SQL of the generated data, made in a process of its own; nothing of the lab is imported here.

        Raises:
            ContentError: data.py fails, with file and line.
        """
        if self.data_file is None:
            return ()
        if self.data_file.suffix == ".sql":
            return (_text(self.data_file),)
        argv: list[str | Path] = [
            sys.executable,
            "-P",
            "-X",
            "utf8",
            "-W",
            "ignore",
            "-c",
            _RUNNER,
            self.data_file,
            str(self.data_seed),
        ]
        environment = {"PYTHONPATH": ":".join(sys.path), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
        try:
            code, output = await run_tool(argv, cwd=Path("/"), env=environment, within_s=DATA_S)
        except RetryableError:
            raise ContentError(
                f"The data was not made within {DATA_S:g} s.", file=self.data_file, advice="Make less of it."
            ) from None
        if code:
            raise _failed(self.data_file, output)
        if len(output) > STATEMENTS_BYTES_MAX:
            raise ContentError(f"The data is more than {STATEMENTS_BYTES_MAX // MIB} MiB of SQL.", file=self.data_file)
        try:
            return [msgspec.json.decode(line, type=str) for line in output.splitlines()]
        except msgspec.DecodeError:
            raise ContentError("It prints something; statements(rng) may only yield.", file=self.data_file) from None

    def schema_error(self, message: str, *, position: int = 0, done: int = 0) -> ContentError:
        """The error of a schema that a server refused: at this character (from 1), or after so many statements."""
        offset = max(position - 1, 0) or (_starts(self.schema) or [0])[min(done, max(len(_starts(self.schema)) - 1, 0))]
        return ContentError(
            f"The schema is refused: {message}.",
            file=self.schema_file,
            line=self.schema.count("\n", 0, offset) + 1,
            advice="Mend it; each statement is run as the owner of the lab's database, in one transaction.",
        )

    def data_error(self, message: str, statement: str) -> ContentError:
        """The error of generated data that a server refused."""
        shown = " ".join(statement.split())
        return ContentError(
            f"A statement of the data is refused: {message}.",
            file=self.data_file,
            advice=f"With data seed {self.data_seed} it begins: {shown[:200]}",
        )


_TOKENS = re.compile(
    r"""--[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.|'')*'|"(?:[^"]|"")*"|`[^`]*`|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|;|\S""",
    re.DOTALL,
)


def _starts(sql: str) -> list[int]:
    """Where each statement begins, roughly: good enough to point at a line."""
    starts: list[int] = []
    between = True
    for token in _TOKENS.finditer(sql):
        if token[0] == ";":
            between = True
        elif between and not token[0].startswith(("--", "/*")):
            starts.append(token.start())
            between = False
    return starts


def _read(path: str) -> bytes:
    if not path:
        return b""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ContentError(f"The file cannot be read: {error.strerror}.", file=Path(path)) from None


def _text(file: Path) -> str:
    try:
        return _read(str(file)).decode("utf-8")
    except UnicodeDecodeError:
        raise ContentError("The file is not UTF-8.", file=file) from None


def _failed(file: Path, output: str) -> ContentError:
    lines = re.findall(rf'File "{re.escape(str(file))}", line (\d+)', output)
    last = output.strip().splitlines()[-1] if output.strip() else "it says nothing"
    return ContentError(f"The data cannot be made: {last}", file=file, line=int(lines[-1]) if lines else 0)
