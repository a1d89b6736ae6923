"""Streams that pages follow: the events of a run, and that something changed. Server-sent events, with resume."""

from collections.abc import AsyncIterator
from http import HTTPStatus

import msgspec
from asgiref.sync import sync_to_async
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from firsthand.core.deadlines import Deadline
from firsthand.core.errors import HistoryError
from firsthand.history.journal import Stamp
from firsthand.site.labs import services
from firsthand.site.labs.models import Run
from firsthand.site.learner import Person, person
from firsthand.site.live import live

HEARTBEAT_S = 15.0
"""A quiet stream says so often that it is there, which also finds out whether anybody still listens."""
LOOK_S = 1.0
"""How often a stream looks by itself, where nobody tells that something is new."""
STREAM_S = 30 * 60.0
"""Then a stream ends, and who still follows takes it up again."""
_QUIET = ": still here\n\n"
_RETRY = "retry: 1000\n\n"


@require_GET
async def run_events(request: HttpRequest, run_id: str) -> HttpResponseBase:
    """The events of a run as they happen, from `Last-Event-ID` or `?since=` on; the last one is `end`.

    Answers 204, which ends following, where a run is over and nothing is left to tell.
    """
    of = person(request)
    run = await sync_to_async(services.run_of)(of, run_id)
    if run is None:
        raise Http404
    since = _number(request)
    if not run.live and since and not await sync_to_async(services.events_since)(run, since):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return _stream(_run(run, since))


@require_GET
async def changes(request: HttpRequest) -> HttpResponseBase:
    """`changed` whenever the history or a run did, in the terminal or anywhere else."""
    return _stream(_changes(person(request)))


def _stream(pieces: AsyncIterator[str]) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(pieces, content_type="text/event-stream")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


async def _run(run: Run, number: int) -> AsyncIterator[str]:
    ends, heartbeat = Deadline.after(STREAM_S), Deadline.after(HEARTBEAT_S)
    yield _RETRY
    while not (ends.passed or live.closed):
        now, rows = await sync_to_async(_look, thread_sensitive=False)(run.pk, number)
        if now is None:
            return
        for number, text in rows:  # where we are is told to the next look
            yield f"id: {number}\nevent: {_name(text)}\ndata: {text}\n\n"
        if rows:
            continue
        if not now.live:
            told = {"state": now.state, "verdict": now.verdict, "reason": now.reason, "run": now.kept or now.pk}
            yield _event("end", told)
            return
        if heartbeat.passed:
            yield _QUIET
            heartbeat = Deadline.after(HEARTBEAT_S)
        await live.news(min(LOOK_S, heartbeat.left_s))


async def _changes(of: Person) -> AsyncIterator[str]:
    ends, heartbeat = Deadline.after(STREAM_S), Deadline.after(HEARTBEAT_S)
    before = await sync_to_async(_stamp, thread_sensitive=False)(of)
    yield _RETRY
    while not (ends.passed or live.closed):
        await live.news(min(LOOK_S, heartbeat.left_s))
        now = await sync_to_async(_stamp, thread_sensitive=False)(of)
        if now != before:
            before = now
            yield _event("changed", {})
        elif heartbeat.passed:
            yield _QUIET
            heartbeat = Deadline.after(HEARTBEAT_S)


def _look(run: str, number: int) -> tuple[Run | None, list[tuple[int, str]]]:
    """The run first: when it is over, all its events are there."""
    try:
        now = Run.objects.filter(pk=run).first()
        return now, services.events_since(now, number) if now else []
    finally:
        connection.close()  # no request ends in this thread, which would close it


def _stamp(of: Person) -> tuple[Stamp | None, list[tuple[str, str]]]:
    try:
        stamp = of.history.stamp()
    except HistoryError:  # said by the pages themselves
        stamp = None
    try:
        return stamp, [(run.pk, run.state) for run in services.live_runs(of)]
    finally:
        connection.close()


def _event(name: str, told: dict[str, str]) -> str:
    return f"event: {name}\ndata: {msgspec.json.encode(told).decode()}\n\n"


def _name(text: str) -> str:
    return str(msgspec.json.decode(text)["event"])


def _number(request: HttpRequest) -> int:
    """Where the reader was: a browser tells it when it connects again."""
    given = request.headers.get("Last-Event-ID") or request.GET.get("since", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
