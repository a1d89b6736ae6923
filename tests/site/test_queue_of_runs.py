"""The queue of runs as pages use it: a run is put in, followed and stopped."""

import pytest

from firsthand.core.errors import UsageError
from firsthand.history import History
from firsthand.site.labs import services
from firsthand.site.labs.models import Run, RunEvent, State
from firsthand.site.learner import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> Person:
    return Person(History.open())


@pytest.fixture
def folder(tmp_path, small_content):
    place = tmp_path / "my-lab"
    place.mkdir()
    (place / "firsthand.toml").write_text('schema = 1\nlab = "talk-greeting"\nlanguage = "python"\n')
    return place


def test_a_run_waits_with_all_that_a_worker_needs(person, folder) -> None:
    run = services.enqueue(person, "talk-greeting", folder, stage="2", all_stages=True)

    kept = Run.objects.get(pk=run.pk)
    assert (kept.state, kept.lab, kept.language, kept.stage) == (State.QUEUED, "talk-greeting", "python", "counts")
    assert kept.workspace == str(folder)
    assert kept.options == {"all_stages": True, "counts": True}
    assert services.live_runs(person) == [kept]


def test_a_seed_that_was_chosen_does_not_count(person, folder) -> None:
    assert services.enqueue(person, "talk-greeting", folder, seed=7).options["counts"] is False


def test_a_workspace_has_one_live_run(person, folder) -> None:
    first = services.enqueue(person, "talk-greeting", folder)

    assert services.enqueue(person, "talk-greeting", folder) == first
    assert services.stop(person, first)
    assert services.enqueue(person, "talk-greeting", folder) != first


def test_what_is_not_there_is_refused_with_words(person, folder) -> None:
    with pytest.raises(UsageError, match='no lab "talk-greting"'):
        services.enqueue(person, "talk-greting", folder)
    with pytest.raises(UsageError, match='no stage "3"'):
        services.enqueue(person, "talk-greeting", folder, stage="3")
    with pytest.raises(UsageError, match="is not there"):
        services.enqueue(person, "talk-greeting", folder / "gone")


def test_a_queue_is_not_endless(person, folder, monkeypatch) -> None:
    monkeypatch.setattr(services, "WAITING_MAX", 1)
    services.enqueue(person, "talk-greeting", folder)
    other = folder.with_name("other")
    other.mkdir()

    with pytest.raises(UsageError, match="1 of your runs"):
        services.enqueue(person, "talk-greeting", other)


def test_a_run_is_found_by_its_id_and_by_its_evidence_and_only_by_its_learner(person, folder) -> None:
    run = services.enqueue(person, "talk-greeting", folder)
    Run.objects.filter(pk=run.pk).update(kept="20261122-000000-abcd")
    other = Person(History.open())
    other.id = "somebody"

    assert services.run_of(person, run.pk) == run
    assert services.run_of(person, "20261122-000000-abcd") == run
    assert services.run_of(person, "20261122-000000-ffff") is None
    assert services.run_of(other, run.pk) is None
    assert not services.stop(other, run)


def test_events_are_followed_from_where_one_was(person, folder) -> None:
    run = services.enqueue(person, "talk-greeting", folder)
    RunEvent.objects.bulk_create(RunEvent(run=run, number=n, text=f"{n}") for n in (2, 1, 3))

    assert services.events_since(run) == [(1, "1"), (2, "2"), (3, "3")]
    assert services.events_since(run, 2) == [(3, "3")]
    assert services.events_since(run, 3) == []


def test_a_run_that_is_over_is_not_stopped(person, folder) -> None:
    run = services.enqueue(person, "talk-greeting", folder)
    Run.objects.filter(pk=run.pk).update(state=State.FINISHED)

    assert not services.stop(person, run)
