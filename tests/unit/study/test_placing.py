"""How far a placement is, as terminal and site tell it."""

from firsthand.learning import Graph, Placement
from firsthand.learning.placement.stopping import QUESTIONS_MIN
from firsthand.study.placing import progress

NAMES = [f"A-{number:02}" for number in range(1, 21)]


def test_how_certain_it_is_comes_with_answers_and_not_with_ratings() -> None:
    placement = Placement(Graph(dict.fromkeys(NAMES, "a"), {name: [] for name in NAMES}), 1, stop=False)
    placement.rate({"a": "never"})

    for asked in range(QUESTIONS_MIN):
        now = progress(placement)
        assert (now.number, now.part, now.certain) == (asked + 1, asked / now.at_most, None)
        placement.answer(placement.next(), "unsure")

    now = progress(placement)
    assert now.certain == 1 - 2 * placement.expected_error
    assert now.part == QUESTIONS_MIN / now.at_most
