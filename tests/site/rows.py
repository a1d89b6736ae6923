"""A row for each route of the site: where an owner finds it. A route without a row is a failure of test_every_route."""

from dataclasses import dataclass, field

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True)
class Row:
    """How a route is asked for in the small content, by its owner."""

    address: str
    """`{run}` stands for the run that is kept, `{live}` for one that waits."""
    method: str = "get"
    data: dict[str, str] = field(default_factory=dict)
    status: int = 200


OPEN = {"enter"}
"""Routes that a stranger may ask for."""

ROWS = {
    "live": Row("/live/"),
    "run-events": Row("/run/{live}/events"),
    "api-run-events": Row("/api/v1/runs/{live}/events"),
    # The JSON interface.
    "api-1:api-root": Row("/api/v1/", status=404),
    "api-1:openapi-json": Row("/api/v1/openapi.json"),
    "api-1:status": Row("/api/v1/status"),
    "api-1:what_next": Row("/api/v1/next"),
    "api-1:labs": Row("/api/v1/labs"),
    "api-1:runs": Row("/api/v1/runs"),
    "api-1:start_run": Row("/api/v1/runs", "post", status=400),
    "api-1:run": Row("/api/v1/runs/{run}"),
    "api-1:stop_run": Row("/api/v1/runs/{live}/stop", "post"),
    # The way.
    "map": Row("/"),
    "list": Row("/list/"),
    "unit": Row("/unit/way/"),
    "lesson": Row("/lesson/way/which-way/"),
    "lesson-read": Row("/lesson/way/which-way/read/", "post", status=302),
    "courses": Row("/courses/"),
    "course-keep": Row("/courses/the-way-watched/", "post", {"state": "done"}, status=302),
    "glossary": Row("/glossary/"),
    "search": Row("/search/?q=way"),
    "theme": Row("/theme/", "post", status=302),
    # Practice.
    "start": Row("/start/"),
    "start-question": Row("/start/question/", status=302),
    "start-result": Row("/start/result/", status=302),
    "start-correct": Row("/start/result/way/", "post", status=400),
    "next": Row("/next/"),
    "plan": Row("/plan/"),
    "plan-ics": Row("/plan.ics"),
    "review": Row("/review/"),
    "evidence": Row("/evidence/"),
    "evidence-export": Row("/evidence/export"),
    "evidence-import": Row("/evidence/import", "post", status=400),
    "question": Row("/question/WAY-01.1/"),
    # The author's preview.
    "preview-changed": Row("/preview/changed/", status=404),
    "preview-findings": Row("/preview/findings/", status=404),
    # Labs.
    "labs": Row("/labs/"),
    "lab": Row("/lab/talk-greeting/"),
    "lab-stage": Row("/lab/talk-greeting/stage/greets/"),
    "lab-check": Row("/lab/talk-greeting/check/", "post", status=400),
    "lab-hint": Row("/lab/talk-greeting/hint/says_hello/", "post", status=302),
    "lab-accuracy": Row("/lab/talk-greeting/accuracy/"),
    "accuracy": Row("/accuracy/"),
    "runs": Row("/runs/"),
    "compare": Row("/compare/?a={run}&b={run}"),
    "bench": Row("/bench/"),
    "bench-state": Row("/bench/state/"),
    "run": Row("/run/{run}/"),
    "run-stop": Row("/run/{live}/stop/", "post", status=302),
    "wire": Row("/run/{run}/wire/"),
    "wire-behind": Row("/run/{run}/wire/behind/0/"),
    "wire-step": Row("/run/{run}/wire/step/0/"),
    "wire-pcapng": Row("/run/{run}/wire.pcapng"),
    "wire-har": Row("/run/{run}/wire.har"),
}


def route_names() -> list[str]:
    """The names of all routes."""
    return [name for pattern in get_resolver().url_patterns for name in _names(pattern)]


def _names(pattern: URLPattern | URLResolver) -> list[str]:
    if isinstance(pattern, URLResolver):
        space = f"{pattern.namespace}:" if pattern.namespace else ""
        return [space + name for each in pattern.url_patterns for name in _names(each)]
    return [pattern.name or str(pattern.pattern)]


def ask(client: Client, row: Row, **ids: str):
    """Ask for a row's route."""
    address = row.address.format(**ids)
    return client.post(address, row.data) if row.method == "post" else client.get(address)
