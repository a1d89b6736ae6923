"""Puts the events of a run into lines: what every reporter prints, whatever it prints on."""

from dataclasses import replace

from firsthand.cli.card import Surroundings, check_line, finale, stage_line
from firsthand.cli.screen import Line, line
from firsthand.core import events
from firsthand.core.results import Report
from firsthand.core.verdicts import Verdict
from firsthand.study import invocation

SLOW_BUILD_S = 1.0
"""A build that took longer is mentioned."""


def heading(lab: str, language: str, seed: int) -> Line:
    """The first line of every run."""
    return line((" · ".join(filter(None, (lab, language, f"seed {seed}"))), "strong"))


class Narrator:
    """Takes the events of one run in order and answers each with lines to print."""

    def __init__(self, around: Surroundings, *, verbose: bool = False) -> None:
        """`verbose` tells of each check, build and instance too."""
        self.around = around
        self.verbose = verbose
        self._not_reached: list[int] = []
        self._told_finale = False

    def tell(self, event: events.AnyEvent) -> list[Line]:
        """The lines for an event; most have none."""
        match event:
            case events.RunStarted():
                self._not_reached = []  # a run that was lost is repeated
                return []
            case events.Notice(text=text):
                return [line(("note: ", "warn"), invocation.spelt(text))]
            case events.StageFinished(title=title, result=result):
                return self._stage(events.StageFinished(at=event.at, title=title, result=result))
            case events.RunFinished(report=report):
                return self._end(report)
            case _:
                return self._details(event)

    def kept(self, report: Report) -> list[Line]:
        """The end of a run whose program still runs; the event that follows later is not told again."""
        self.around = replace(self.around, kept=True)
        return self._end(report)

    def _end(self, report: Report) -> list[Line]:
        if self._told_finale:
            return []
        self._told_finale = True
        around = self.around if self.around.kept else replace(self.around, evidence="wire" in report.evidence)
        return [*self._flush(), *finale(report, around)]

    def _stage(self, event: events.StageFinished) -> list[Line]:
        number, title = self.around.titles.get(event.result.id, (0, event.title))
        if event.result.verdict is Verdict.NOT_REACHED:
            self._not_reached.append(number)
            return []
        # Checks run in an order of the seed's; they are told in that of the brief.
        checks = [check_line(check, message=False) for check in event.result.checks] if self.verbose else []
        return [*self._flush(), *checks, stage_line(event.result, number, title, subject=self.around.subject)]

    def _flush(self) -> list[Line]:
        """Stages that were not reached, together."""
        numbers, self._not_reached = self._not_reached, []
        if not numbers:
            return []
        which = f"stage {numbers[0]}" if len(numbers) == 1 else f"stages {numbers[0]} to {numbers[-1]}"
        return [line((f"– {which} · {Verdict.NOT_REACHED.on_screen}", "dim"))]

    def _details(self, event: events.AnyEvent) -> list[Line]:
        match event:
            case events.BuildStarted(command=command):
                return [line(("building: ", "dim"), command, verbatim=True)]
            case events.BuildFinished(seconds=seconds, cached=cached) if self.verbose or seconds > SLOW_BUILD_S:
                return [
                    line(
                        (
                            f"built before, nothing changed ({seconds:.1f} s)"
                            if cached
                            else f"built in {seconds:.1f} s",
                            "dim",
                        )
                    )
                ]
            case events.ProgramStarted() if self.verbose:
                at = f" at {event.address}" if event.address else ""
                return [line((f"started {_instance(event)}{at}, process {event.pid}, {event.seconds:.2f} s", "dim"))]
            case events.ProgramStopped() if self.verbose:
                return [line((f"{_instance(event)} {event.how}, exit code {event.exit_code}", "dim"))]
            case _:
                return []


def _instance(event: events.ProgramStarted | events.ProgramStopped) -> str:
    return event.process if event.instance <= 1 else f"{event.process}.{event.instance}"
