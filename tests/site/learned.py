"""What a learner did, told event by event into the history that the site reads, for tests of its pages."""

import itertools
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from firsthand.history import History
from firsthand.history.event import Event, timestamp
from firsthand.history.event import Kind as EventKind


class Learned:
    """A history to be filled; `days_ago` tells when something happened, and it happens in the order of the calls."""

    def __init__(self) -> None:
        self._moment = itertools.count()

    @property
    def history(self) -> History:
        """The history of the home of this test."""
        return History.open()

    @property
    def events(self) -> list[Event]:
        """All that is in it."""
        return list(self.history.read())

    def data(self, kind: EventKind) -> list[dict[str, Any]]:
        """What the events of a kind tell."""
        return [event.data for event in self.history.read(kinds=[kind])]

    def tell(self, kind: EventKind, days_ago: float = 1, /, **data: Any) -> "Learned":
        """Something happened."""
        return self.tell_all([(kind, days_ago, data)])

    def tell_all(self, told: list[tuple[EventKind, float, dict[str, Any]]]) -> "Learned":
        """Much happened, written at once."""
        self.history.merge(self._line(*each) for each in told)
        return self

    def _line(self, kind: EventKind, days_ago: float, data: dict[str, Any]) -> bytes:
        at = datetime.now(UTC) - timedelta(days=days_ago) + timedelta(microseconds=next(self._moment))
        event = {"id": uuid.uuid4().hex, "at": timestamp(at), "kind": kind, "version": 1, "data": data}
        return json.dumps(event).encode()

    def placed(self, probabilities: dict[str, float], days_ago: float = 10) -> "Learned":
        """A placement ended so: the probability of each skill to be known."""
        name = f"placed-{next(self._moment)}"
        self.tell("placement", days_ago, id=name, event="began", seed=1, result=None)
        return self.tell("placement", days_ago, id=name, event="ended", seed=1, result=probabilities)

    def answered(self, question: str, result: str = "right", days_ago: float = 1, **more: Any) -> "Learned":
        """A question was answered: right, wrong or unknown."""
        told = {"purpose": "lesson", "kind": "choice", "grader": "0.1.0", "given": "", **more}
        skill = question.rpartition(".")[0]
        return self.tell("answer", days_ago, question=question, competency=skill, result=result, **told)

    def reviewed(self, competency: str, grade: str = "good", days_ago: float = 1) -> "Learned":
        """A skill was reviewed."""
        return self.tell("review", days_ago, competency=competency, grade=grade, question=f"{competency}.1")

    def watched(self, course: str, state: str = "done", seconds: int = 0, days_ago: float = 1) -> "Learned":
        """A course was watched so far."""
        return self.tell("course", days_ago, course=course, state=state, seconds=seconds)

    def read(self, lesson: str, days_ago: float = 1) -> "Learned":
        """A lesson was read."""
        return self.tell("lesson", days_ago, lesson=lesson, state="read")

    def planned(self, goal: str = "first-job", hours: float = 1, days_ago: float = 10, **more: Any) -> "Learned":
        """A goal was set, with so many hours on each day."""
        days = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), hours)
        return self.tell("plan", days_ago, **{"goal": goal, "hours": days, "start": "", "deadline": "", **more})

    def began(self, lab: str, folder: str = "/home/me/lab", language: str = "python", days_ago: float = 2) -> "Learned":
        """A workspace was made."""
        return self.tell("began", days_ago, lab=lab, language=language, folder=folder)

    def ran(self, lab: str, *stages: str, skills: tuple[str, ...] = (), days_ago: float = 1, **more: Any) -> "Learned":
        """A lab was checked: these stages passed, and these skills were shown. Tell `verdict`, `whole` and so on."""
        number = next(self._moment)
        told = {
            "run": f"20261101-{number % 240000:06}-{number % 65536:04x}",
            "lab": lab,
            "language": "python",
            "folder": "/home/me/lab",
            "verdict": "passed" if more.get("whole") else "failed",
            "counts": True,
            "whole": False,
            "seed": number,
            "digest": "",
            "grader": "abc123",
            "stages_passed": list(stages),
            "competencies": list(skills),
            "failed_check": "",
        }
        return self.tell("run", days_ago, **{**told, **more})
