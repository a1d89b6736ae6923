"""What was seen of a learner, as log-odds for each competency: what was seen, when, by which grader, and its weight."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import log

from firsthand.content.model import Lab, LearningPath
from firsthand.learning.learner import Answered, LabRun, Learner

SLIP = 0.10
"""Who holds a competency still misses its question this often."""
GUESS = {"choice": 0.25, "short": 0.05}
"""Who does not hold it still answers right this often."""
RIGHT = {kind: log((1 - SLIP) / guess) for kind, guess in GUESS.items()}
NOT_RIGHT = {kind: log(SLIP / (1 - guess)) for kind, guess in GUESS.items()}
AGAIN_SHARE = 1 / 2
"""What an answer to a question that was answered before tells, beside the first one."""

PASSES = 0.95
"""Who holds a competency passes a lab on it this often, given time. What follows: who does not hold it."""
LAB_PASSED = log(PASSES / 0.05)
LAB_PASSED_WITH_HINTS = log(PASSES / 0.20)
LAB_PASSED_AFTER_SOLUTION = log(PASSES / 0.60)
STAGES_PASSED = log(PASSES / 0.30)
STAGES_PASSED_WITH_HINTS = log(PASSES / 0.50)
EXERCISED = log(PASSES / 0.50)
"""A lab was passed that stands on the competency without proving it."""

OWN_WORD_SOURCE = "own word"
QUESTION_SOURCE = "question "
OWN_WORD = {"known": 0.5, "prove": 0.0, "learn": -0.5}
"""The learner's own word, which is worth hearing and proves nothing."""

TEACHES = 0.45
"""Who did not hold a competency holds it this often after a lesson or course on it."""


@dataclass(frozen=True)
class Evidence:
    """One thing that was seen: first the share `learned` of what was missing is learned, then `weight` is added."""

    at: datetime
    source: str
    """Such as `question NET-01.1`, `lesson net/headers`, `course ...`, `lab net-byo-http`, `own word`."""
    words: str
    grader: str
    weight: float
    """Log-odds."""
    learned: float = 0.0
    proof: bool = False
    """Whether a lab was passed that proves it."""
    taught: bool = False
    answered: bool = False
    """Whether it is a right answer outside a placement."""


def evidence(path: LearningPath, learner: Learner) -> dict[str, list[Evidence]]:
    """All evidence by competency, each list in the order in which it happened."""
    found: dict[str, list[Evidence]] = defaultdict(list)
    for source in (_teaching, _answers, _labs, _own_words):
        for competency, each in source(path, learner):
            found[competency].append(each)
    return {competency: sorted(each, key=lambda e: e.at) for competency, each in found.items()}


_Found = Iterator[tuple[str, Evidence]]


def _teaching(path: LearningPath, learner: Learner) -> _Found:
    for unit in path.units:
        for lesson in unit.lessons:
            if lesson.id in learner.lessons:
                seen = Evidence(
                    learner.lessons[lesson.id], f"lesson {lesson.id}", f"you read it: {lesson.title}", "", 0, TEACHES
                )
                yield from ((competency, _taught(seen)) for competency in lesson.teaches)
    done = {each.course: each.at for each in reversed(learner.watched) if each.state == "done"}
    now = learner.courses
    for course in path.courses:
        if course.id in done and now[course.id].state == "done":
            seen = Evidence(done[course.id], f"course {course.id}", f"you watched it: {course.title}", "", 0, TEACHES)
            yield from ((competency, _taught(seen)) for competency in course.teaches)


def _taught(seen: Evidence) -> Evidence:
    return Evidence(seen.at, seen.source, seen.words, seen.grader, seen.weight, seen.learned, taught=True)


def _answers(_path: LearningPath, learner: Learner) -> _Found:
    ended = {each.id for each in learner.placements.values() if each.ended is not None}
    asked: set[str] = set()
    for answered in learner.answers:
        # What a placement made of its answers is the starting point already.
        if answered.purpose == "placement" and answered.placement in ended:
            continue
        yield answered.competency, _of_answer(answered, answered.question in asked)
        asked.add(answered.question)


def _of_answer(answered: Answered, again: bool) -> Evidence:
    right = answered.result == "right"
    weight = (RIGHT if right else NOT_RIGHT)[answered.kind] * (AGAIN_SHARE if again else 1)
    words = {"right": "answered right", "wrong": "answered wrong", "unsure": 'you said "I don\'t know"'}
    told = words[answered.result] + (", not for the first time" if again else "")
    own = right and answered.is_own
    return Evidence(answered.at, f"{QUESTION_SOURCE}{answered.question}", told, answered.grader, weight, answered=own)


def _labs(path: LearningPath, learner: Learner) -> _Found:
    labs = {lab.id: lab for unit in path.units for lab in unit.labs}
    requires = {c.id: c.requires for unit in path.units for c in unit.competencies}
    for lab_id in dict.fromkeys(run.lab for run in learner.runs):
        runs = [run for run in learner.runs if run.lab == lab_id]
        lab = labs.get(lab_id)
        passed = next((run for run in runs if run.whole), None)
        if passed is None:
            yield from _stages(lab, runs, learner)
            continue
        proves = lab.proves if lab else passed.competencies
        for competency in proves:
            yield competency, _of_pass(lab, competency, passed, learner)
        for below in sorted({one for c in proves for one in requires.get(c, ())} - set(proves)):
            words = "you passed a lab that stands on it"
            yield below, Evidence(passed.at, f"lab {lab_id}", words, passed.grader, EXERCISED)


def _of_pass(lab: Lab | None, competency: str, passed: LabRun, learner: Learner) -> Evidence:
    source = f"lab {passed.lab}"
    if any(read.lab == passed.lab and not read.check and read.at < passed.at for read in learner.help):
        words = "lab passed after its solution was read"
        return Evidence(passed.at, source, words, passed.grader, LAB_PASSED_AFTER_SOLUTION, proof=True)
    if _hinted(lab, competency, passed, learner):
        return Evidence(passed.at, source, "lab passed, with hints", passed.grader, LAB_PASSED_WITH_HINTS, proof=True)
    return Evidence(passed.at, source, "lab passed, without hints", passed.grader, LAB_PASSED, proof=True)


def _stages(lab: Lab | None, runs: list[LabRun], learner: Learner) -> _Found:
    """What the stages show of a lab that was not passed whole: competencies all of whose stages were passed."""
    if lab is None:
        return
    first = {stage: run for run in reversed(runs) for stage in run.stages}
    for competency in lab.proves:
        stages = [stage.id for stage in lab.stages if competency in stage.proves]
        if not stages or any(stage not in first for stage in stages):
            continue
        last = max((first[stage] for stage in stages), key=lambda run: run.at)
        hinted = _hinted(lab, competency, last, learner)
        words = f"{len(stages)} stage{'s' if len(stages) > 1 else ''} passed, {'with' if hinted else 'without'} hints"
        weight = STAGES_PASSED_WITH_HINTS if hinted else STAGES_PASSED
        yield competency, Evidence(last.at, f"lab {lab.id}", words, last.grader, weight)


def _hinted(lab: Lab | None, competency: str, passed: LabRun, learner: Learner) -> bool:
    """Whether help was read, before the pass, for a check that proves this competency."""
    checks = {check.id for stage in lab.stages for check in stage.checks if competency in check.proves} if lab else None
    return any(
        read.lab == passed.lab and read.at < passed.at and (not read.check or checks is None or read.check in checks)
        for read in learner.help
    )


def _own_words(_path: LearningPath, learner: Learner) -> _Found:
    for competency, said in learner.corrected.items():
        words = {"known": "you said that you know it", "learn": "you want to learn it", "prove": "you want to prove it"}
        yield competency, Evidence(said.at, OWN_WORD_SOURCE, words[said.group], "", OWN_WORD[said.group])
