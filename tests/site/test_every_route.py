"""Every route has its row: its owner is answered, a stranger is refused, and more rows cost no more queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rows import OPEN, ROWS, Row, ask, route_names

from firsthand.site.labs import services
from firsthand.site.labs.models import Run, State
from firsthand.site.learner import Person

pytestmark = pytest.mark.django_db

STREAMS = {"live", "run-events", "api-run-events"}
"""These do not end; tests of their own follow them."""


@pytest.fixture
def ids(kept_run, learned, tmp_path) -> dict[str, str]:
    folder = tmp_path / "waits"
    folder.mkdir()
    live = services.enqueue(Person(learned.history), "talk-greeting", folder)
    return {"run": kept_run, "live": live.pk}


def _rows() -> list[object]:
    return [pytest.param(row, id=name) for name, row in ROWS.items()]


def test_every_route_has_a_row() -> None:
    assert set(route_names()) - OPEN == set(ROWS)


@pytest.mark.parametrize("row", _rows())
def test_a_stranger_is_refused(row: Row, stranger, ids) -> None:
    answer = ask(stranger, row, **ids)

    if row.address.startswith("/api/"):
        assert answer.status_code == 401
        assert answer.headers["Content-Type"] == "application/problem+json"
    else:
        assert answer.status_code == 403
        assert "This page is private" in answer.content.decode()


@pytest.mark.parametrize("row", [p for p in _rows() if p.id not in STREAMS])
def test_the_owner_is_answered(row: Row, client, ids) -> None:
    answer = ask(client, row, **ids)

    assert answer.status_code == row.status
    if row.status == 200 and answer["Content-Type"].startswith("text/html"):
        page = answer.content.decode()
        assert page.count("<h1") == 1 or "<html" not in page
        assert "style=" not in page
        assert "<script>" not in page
        assert " onclick" not in page


@pytest.mark.parametrize("row", [p for p in _rows() if p.id not in STREAMS and p.values[0].method == "get"])
def test_more_runs_and_more_history_cost_no_more_queries(row: Row, client, ids, learned, kept_run, home) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            ask(client, row, **ids)
        return len(captured)

    ask(client, row, **ids)
    few = queries()
    learned.tell_all([("answer", day, {"question": "WAY-01.1"}) for day in range(50)])
    for number in range(10):
        learned.ran("talk-greeting", run=f"20261101-0000{number:02}-0000")
    Run.objects.bulk_create(
        Run(learner="me", lab="talk-greeting", workspace=f"/w/{n}", seed=n, state=state)
        for n, state in enumerate([State.FINISHED, State.QUEUED] * 6)
    )

    assert queries() == few
