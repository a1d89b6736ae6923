"""Tags of practice: a question inside a page, and the Markdown of questions."""

from datetime import datetime
from typing import Any

from django import template

from firsthand.content.question import Question
from firsthand.learning.plan import Planned
from firsthand.site.learner import Person
from firsthand.site.practice import marked
from firsthand.site.practice.asking import Asked
from firsthand.study.outlook import day_words
from firsthand.study.placing import compact
from firsthand.study.ways import HEADS, title

register = template.Library()
register.filter("compact", compact)
register.filter("day", day_words)
register.filter("marked", marked.block)
register.filter("marked_inline", marked.inline)


@register.filter
def own_time(at: datetime) -> datetime:
    """A point in time by the clock of this machine; Django would show it in UTC."""
    return at.astimezone().replace(tzinfo=None)


@register.filter
def head(planned: Planned) -> str:
    """What a step begins with: learn, watch, lab, answer."""
    return HEADS[planned.step.kind]


@register.filter
def called(planned: Planned) -> str:
    """What a step is called."""
    return title(planned.step)


@register.filter
def percent(share: float) -> str:
    """A share from 0 to 1, as people say it."""
    return f"{share:.0%}".replace("%", " %")


@register.inclusion_tag("practice/_question.html", takes_context=True)
def ask(context: dict[str, Any], question: Question) -> dict[str, Any]:
    """A question as part of a page; where scripts run its result takes its place."""
    who: Person = context["person"]
    here = who.outlook
    skill = here.competencies.get(question.competency)
    return {
        "asked": Asked.now(here.learner, question),
        "skill": skill,
        "back": context["request"].path,
        "csrf_token": context.get("csrf_token"),
        "request": context["request"],
    }
