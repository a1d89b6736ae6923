"""How far a skill is mastered, in words, and what is missing until it is proven; for terminal and site alike."""

from collections.abc import Mapping

from firsthand.content.model import Competency
from firsthand.learning.mastery import Status
from firsthand.study.outlook import Outlook
from firsthand.study.ways import Way

MEANS: Mapping[str, str] = {
    "open": "to be learned",
    "taught": "a lesson or course was finished or a question answered; it is not certain yet that you can do it",
    "known": "as far as placement or your own word tells; teaching is skipped",
    "shown": "by questions; a lab proves it",
    "passed": "a lab was passed; an answer or two are missing until it is certain",
    "proven": "a lab was passed, and with all other evidence it is 95 % certain",
}
"""What each status means."""
TIERS: Mapping[int, str] = {1: "first job", 2: "professional", 3: "deep"}
"""What a skill is for."""


def missing(here: Outlook, competency: Competency) -> list[Way]:
    """What is missing until it is proven: a lab to pass, or those that are planned; a question to answer."""
    status = here.found[competency.id].status
    if status is Status.PROVEN:
        return []
    found = [] if status is Status.PASSED else _labs(here, competency)
    if competency.id in here.questions and status is not Status.SHOWN:
        found.append(Way("questions", competency.id, competency.can))
    return found


def _labs(here: Outlook, competency: Competency) -> list[Way]:
    there = [lab for unit in here.path.units for lab in unit.labs if competency.id in lab.proves]
    if there:
        lab = there[0]
        return [Way("go-on" if lab.id in here.learner.begun else "begin", lab.id, lab.title)]
    return [Way("planned", lab.id, lab.title) for lab in here.path.planned if competency.id in lab.proves]
