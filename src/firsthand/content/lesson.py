"""A lesson as it was read, and its page, which is read when it is first asked for."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firsthand.content.blocks import Part
    from firsthand.content.findings import Report


@dataclass(frozen=True)
class Lesson:
    """A page that teaches; `id` is `<unit>/<slug>`, and `<path>/<slug>` for one of a path itself."""

    id: str
    title: str
    minutes: int
    teaches: tuple[str, ...]
    unit: str
    """Empty for one of a path itself."""
    file: Path
    on_ramp: bool = False
    """Whether it is for newcomers and leads up to its unit: like an opening lesson, it teaches no one competency."""

    @property
    def opens(self) -> bool:
        """Whether it opens its unit or path: it shows the whole landscape, and teaches no one competency."""
        return self.file.name.startswith("00-")

    def text(self) -> str:
        """The Markdown below the front matter."""
        return self._below_front_matter()[1]

    def parts(self, report: "Report | None" = None) -> "tuple[Part, ...]":
        """The page taken apart (content.blocks); mistakes in its blocks are told, if anybody listens."""
        from firsthand.content.blocks import read_parts

        line, text = self._below_front_matter()
        return read_parts(text, file=self.file, line=line, report=report)

    def _below_front_matter(self) -> tuple[int, str]:
        """The line of the file on which the Markdown begins, from 1, and the Markdown."""
        front, marks, rest = self.file.read_text(encoding="utf-8").partition("\n+++")
        text = rest.lstrip()
        before = front + marks + rest.removesuffix(text)
        return before.count("\n") + 1, text
