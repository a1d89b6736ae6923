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
    # Labs.
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
        return [name for each in pattern.url_patterns for name in _names(each)]
    return [pattern.name or str(pattern.pattern)]


def ask(client: Client, row: Row, **ids: str):
    """Ask for a row's route."""
    address = row.address.format(**ids)
    return client.post(address, row.data) if row.method == "post" else client.get(address)
