"""Reviews: due cards one by one, each with its result, and when it comes back."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from firsthand.site.learner import person
from firsthand.site.practice import queries, services
from firsthand.site.practice.asking import Asked
from firsthand.study.answering import explained
from firsthand.study.outlook import Outlook
from firsthand.study.reviewing import AHEAD_MAX, DAYS_SHOWN, day_of, due_now, nothing_yet, reviewed_today

UNPROCESSABLE = 422
SKILLS_CHARACTERS_MAX = 500
"""Of the skills and units that an address names."""


@dataclass(frozen=True)
class Round:
    """What is asked in this round of reviews, and where it stands; it is all in the address."""

    due: list[str]
    """What is still to be asked."""
    after: str
    """The address of the card after this one."""

    @classmethod
    def of(cls, here: Outlook, asked: QueryDict) -> "Round":
        """The round that an address names: skills, or what is due in the next days, or what is due today.

        Raises:
            UsageError: it names a skill that does not exist.
        """
        words = asked.get("skill", "")[:SKILLS_CHARACTERS_MAX]
        if words:
            named = [c for c in here.named(words.split(",")) if c in here.questions]
            at = _number(asked.get("at", ""))
            return cls(named[at:], f"/review/?{urlencode({'skill': words, 'at': at + 1})}")
        if "ahead" in asked:
            left = min(_number(asked.get("ahead", "")), AHEAD_MAX)
            return cls(due_now(here, ahead=True)[:left], f"/review/?ahead={left - 1}")
        return cls(due_now(here), "/review/")


@require_http_methods(["GET", "POST"])
def review(request: HttpRequest) -> HttpResponse:
    """The next card, or what became of the answer to it; when nothing is due, when the next is."""
    who = person(request)
    here = who.outlook
    now = Round.of(here, request.GET)
    if request.method == "POST":
        asked = Asked.now(here.learner, queries.question(who, request.POST.get("question", "")))
        read = asked.read(request.POST)
        if isinstance(read, Asked):
            return _card(request, here, now, read, UNPROCESSABLE)
        kept = services.practised(who, asked, read, request.POST.get("token", ""))
        return _told(request, who.outlook, asked, kept, now)
    if here.is_new and not request.GET.get("skill"):
        return render(request, "practice/begin_here.html", {"title": "Review"})
    if now.due:
        return _card(request, here, now, Asked.now(here.learner, here.question_for(now.due[0])), 200)
    return render(request, "practice/review_none.html", _none(here, request.GET.get("skill", "")))


def _card(request: HttpRequest, here: Outlook, now: Round, asked: Asked, status: int) -> HttpResponse:
    skill = here.competencies[asked.question.competency]
    told = {"asked": asked, "skill": skill, "unit": here.units[skill.unit], "left": len(now.due), "first": True}
    return render(request, "practice/review.html", told, status=status)


def _told(request: HttpRequest, here: Outlook, asked: Asked, kept: services.Kept, now: Round) -> HttpResponse:
    skill = here.competencies[asked.question.competency]
    after = len(Round.of(here, QueryDict(now.after.partition("?")[2])).due)
    told = {
        "asked": asked,
        "skill": skill,
        "unit": here.units[skill.unit],
        "told": explained(here, asked.question, kept.reply),
        "given": kept.reply.given,
        "stale": kept.stale,
        "after": now.after,
        "left": after,
        "back_on": day_of(here, skill.id),
        "today": here.today,
    }
    return render(request, "practice/review_told.html", told)


def _none(here: Outlook, skill: str) -> dict[str, object]:
    return {
        "skill": skill,
        "nothing_yet": nothing_yet(here),
        "days": list(here.agenda.days.items())[:DAYS_SHOWN],
        "more": max(0, len(here.agenda.days) - DAYS_SHOWN),
        "next_day": here.agenda.next_day,
        "ahead": AHEAD_MAX,
        "reviewed": reviewed_today(here),
        "today": here.today,
    }


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
