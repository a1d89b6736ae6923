"""The bench: whether it runs, what it holds, which servers this machine has for labs and how to get the others."""

from typing import TYPE_CHECKING

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from firsthand.content.kits import FRAMEWORKS
from firsthand.core.errors import WorldError
from firsthand.site.labs import machine
from firsthand.site.learner import person
from firsthand.study.languages import LANGUAGES
from firsthand.study.servers import bench as ask_bench
from firsthand.study.servers import bench_facts, offers

if TYPE_CHECKING:
    from firsthand.bench.warm.protocol import Status


@require_GET
def bench(request: HttpRequest) -> HttpResponse:
    """How the bench is."""
    person(request)
    found, trouble = _asked()
    page = {
        "trouble": trouble,
        "found": found,
        "facts": bench_facts(found) if found else [],
        "offers": offers(found),
        "languages": machine.languages(known.id for known in LANGUAGES if known.tools and known.id not in FRAMEWORKS),
    }
    return render(request, "labs/bench.html", page)


@require_GET
def state(request: HttpRequest) -> HttpResponse:
    """How the bench is, in a line, for the page of a lab."""
    person(request)
    found, trouble = _asked()
    return render(request, "labs/bench_state.html", {"found": found, "trouble": trouble})


def _asked() -> "tuple[Status | None, WorldError | None]":
    """What the bench says of itself, None where none runs; and why it cannot be asked."""
    try:
        return async_to_sync(ask_bench)(), None
    except WorldError as error:
        return None, error
