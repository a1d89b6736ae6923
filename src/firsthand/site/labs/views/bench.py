"""The bench: whether it runs, what it holds, which servers this machine has for labs and how to get the others."""

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from firsthand.core.errors import WorldError
from firsthand.site.labs import machine
from firsthand.site.learner import person
from firsthand.study.languages import LANGUAGES
from firsthand.study.servers import bench as ask_bench
from firsthand.study.servers import bench_facts, offers


@require_GET
def bench(request: HttpRequest) -> HttpResponse:
    """How the bench is."""
    person(request)
    trouble = None
    try:
        found = async_to_sync(ask_bench)()
    except WorldError as error:
        found, trouble = None, error
    page = {
        "trouble": trouble,
        "found": found,
        "facts": bench_facts(found) if found else [],
        "offers": offers(found),
        "languages": machine.languages(known.id for known in LANGUAGES if known.tools),
    }
    return render(request, "labs/bench.html", page)


@require_GET
def state(request: HttpRequest) -> HttpResponse:
    """How the bench is, in a line, for the page of a lab."""
    person(request)
    trouble = None
    try:
        found = async_to_sync(ask_bench)()
    except WorldError as error:
        found, trouble = None, error
    return render(request, "labs/bench_state.html", {"found": found, "trouble": trouble})
