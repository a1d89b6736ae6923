"""Version 1 of the JSON interface. What is in it stays; what is added is added beside it."""

from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

from django.conf import settings
from django.http import Http404, HttpRequest
from ninja import NinjaAPI, Status
from ninja.security import APIKeyCookie, HttpBearer
from pydantic import Field

from firsthand import __version__
from firsthand.site import safety
from firsthand.site.api import problems, queries
from firsthand.site.api.schemas import LabOut, NextOut, Problem, RunIn, RunOut, RunWholeOut, StatusOut
from firsthand.site.labs import services
from firsthand.site.learner import person

RUNS_MAX = 200
RUNS_USUAL = 50


class _Token(HttpBearer):
    """The token in `site.json` of the data folder, which only its user can read."""

    def authenticate(self, request: HttpRequest, token: str) -> bool | None:  # noqa: ARG002  # ninja's signature
        return safety.is_owner(request) or None


class _Session(APIKeyCookie):
    """The session of a browser that came by a one-time link; what changes something needs the token of a form too."""

    param_name = settings.SESSION_COOKIE_NAME

    def authenticate(self, request: HttpRequest, key: str | None) -> bool | None:  # noqa: ARG002
        return safety.is_owner(request) or None


api = NinjaAPI(
    title="Firsthand",
    version=__version__,
    description="What the pages of a learner's own site and an editor need. Errors are problems as RFC 9457 has them.",
    docs_url=None,
    auth=[_Token(), _Session(csrf=True)],
    urls_namespace="api-1",
)
problems.told_by(api)

_Limit = Annotated[int, Field(ge=1, le=RUNS_MAX)]
_PROBLEMS: dict[Any, Any] = {frozenset({400, 401, 404, 422, 503}): Problem}


@api.get("/status", response={200: StatusOut, **_PROBLEMS}, tags=["learning"])
def status(request: HttpRequest) -> StatusOut:
    """Where you stand: how many skills of each unit are how far."""
    return queries.status(person(request))


@api.get("/next", response={200: NextOut, **_PROBLEMS}, tags=["learning"])
def what_next(request: HttpRequest) -> NextOut:
    """What to do now: a recommendation, another way, and reviews."""
    return queries.what_next(person(request))


@api.get("/labs", response={200: list[LabOut], **_PROBLEMS}, tags=["labs"])
def labs(request: HttpRequest) -> list[LabOut]:
    """All labs in order of study, with where you stand in each."""
    return queries.labs(person(request))


@api.get("/runs", response={200: list[RunOut], **_PROBLEMS}, tags=["runs"])
def runs(request: HttpRequest, limit: _Limit = RUNS_USUAL) -> list[RunOut]:
    """The newest runs first, those that wait or go on before those that are over."""
    return queries.runs(person(request), limit)


@api.post("/runs", response={202: RunOut, **_PROBLEMS}, tags=["runs"])
def start_run(request: HttpRequest, wanted: RunIn) -> Status[RunOut]:
    """Start a run. A workspace has one at a time: while one waits or goes on, that one is answered."""
    run = services.enqueue(
        person(request),
        wanted.lab,
        Path(wanted.workspace),
        stage=wanted.stage,
        all_stages=wanted.all_stages,
        seed=wanted.seed,
    )
    return Status(HTTPStatus.ACCEPTED, queries.of_row(run))


@api.get("/runs/{run_id}", response={200: RunWholeOut, **_PROBLEMS}, tags=["runs"])
def run(request: HttpRequest, run_id: str) -> RunWholeOut:
    """One run, with its report. While it goes on, `/runs/{run_id}/events` streams its events (server-sent events)."""
    learner = person(request)
    found = queries.run(learner, services.run_of(learner, run_id), run_id)
    if found is None:
        raise Http404
    return found


@api.post("/runs/{run_id}/stop", response={200: RunOut, **_PROBLEMS}, tags=["runs"])
def stop_run(request: HttpRequest, run_id: str) -> RunOut:
    """Stop a run that waits or goes on; one that is over stays as it is."""
    learner = person(request)
    found = services.run_of(learner, run_id)
    if found is None:
        raise Http404
    services.stop(learner, found)
    found.refresh_from_db()
    return queries.of_row(found)
