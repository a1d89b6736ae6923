"""The content that tests of the site stand on."""

from firsthand.study import library


def test_the_small_path_is_read_instead_of_the_real_one(small_content, client) -> None:
    assert [unit.id for unit in library.path().units] == ["way", "talk"]
    assert "Finding the way" in client.get("/").content.decode()


def test_what_was_learned_is_seen_by_the_next_page(learned, client) -> None:
    learned.answered("NET-01.1").planned().ran("net-byo-http", whole=True, skills=("NET-11",))

    assert [event.kind for event in learned.events] == ["plan", "answer", "run"]
    assert client.get("/").status_code == 200
