"""A graph is checked once, and answers what stands on what."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.content.load import load
from firsthand.core.errors import ContentError
from firsthand.learning import Graph

DIAMOND = Graph(
    units={"top": "b", "left": "a", "right": "a", "base": "a", "alone": "c"},
    prerequisites={"top": ["right", "left"], "left": ["base"], "right": ["base"]},
)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Any acyclic graph of up to a dozen competencies in up to three units."""
    ids = [f"C{k}" for k in range(draw(st.integers(1, 12)))]
    units = {c: draw(st.sampled_from(["a", "b", "c"])) for c in ids}
    prerequisites = {c: draw(st.sets(st.sampled_from(ids[:k]), max_size=3)) for k, c in enumerate(ids) if k}
    return Graph(units, prerequisites)


def test_every_competency_comes_after_those_that_it_stands_on() -> None:
    assert DIAMOND.order == ("alone", "base", "left", "right", "top")
    assert DIAMOND.prerequisites["top"] == ("left", "right")
    assert DIAMOND.followers["base"] == ("left", "right")
    assert DIAMOND.depths == {"alone": 0, "base": 0, "left": 1, "right": 1, "top": 2}


def test_the_order_in_which_a_graph_is_written_means_nothing() -> None:
    turned = Graph(
        units=dict(reversed(DIAMOND.units.items())),
        prerequisites={c: tuple(reversed(before)) for c, before in reversed(DIAMOND.prerequisites.items())},
    )

    assert turned == DIAMOND
    assert turned.order == DIAMOND.order


def test_a_foundation_reaches_down_and_dependents_reach_up() -> None:
    assert DIAMOND.foundation(["left"]) == {"left", "base"}
    assert DIAMOND.dependents(["left"]) == {"left", "top"}
    assert DIAMOND.foundation([]) == frozenset()
    assert DIAMOND.ready(["base", "left"]) == ("alone", "right")


@given(graphs(), st.data())
def test_a_foundation_is_closed_and_closing_it_again_adds_nothing(graph: Graph, data: st.DataObject) -> None:
    some = data.draw(st.sets(st.sampled_from(graph.order)))
    whole = graph.foundation(some)

    assert some <= whole
    assert graph.is_closed(whole)
    assert graph.foundation(whole) == whole
    assert all(set(graph.prerequisites[c]) <= whole for c in whole)


@given(graphs())
def test_one_stands_on_another_as_the_other_carries_it(graph: Graph) -> None:
    for one in graph.order:
        assert all(one in graph.dependents([below]) for below in graph.foundation([one]))


@given(graphs())
def test_what_is_ready_can_be_learned_one_after_the_other_until_all_is_known(graph: Graph) -> None:
    known: list[str] = []
    while ready := graph.ready(known):
        known.append(ready[-1])
        assert graph.is_closed(known)

    assert sorted(known) == sorted(graph.order)


def test_a_graph_of_nothing_is_a_graph() -> None:
    empty = Graph(units={}, prerequisites={})

    assert empty.order == ()
    assert empty.ready([]) == ()


@pytest.mark.parametrize(
    ("prerequisites", "told"),
    [
        ({"a": ["a"]}, "in a circle: a needs a"),
        ({"a": ["b"], "b": ["c"], "c": ["a"]}, "in a circle: "),
        ({"a": ["x"]}, "a stands on x, which does not exist"),
        ({"x": ["a"]}, "x has prerequisites but is in no unit"),
    ],
)
def test_what_cannot_be_studied_is_refused_with_its_reason(prerequisites: dict[str, list[str]], told: str) -> None:
    with pytest.raises(ContentError, match=told) as refused:
        Graph(units=dict.fromkeys("abc", "u"), prerequisites=prerequisites)

    assert refused.value.advice


def test_a_circle_is_told_in_the_order_of_needing() -> None:
    with pytest.raises(ContentError) as refused:
        Graph(units=dict.fromkeys("ab", "u"), prerequisites={"a": ["b"], "b": ["a"]})

    assert refused.value.message in {
        "The prerequisites run in a circle: a needs b needs a.",
        "The prerequisites run in a circle: b needs a needs b.",
    }


def test_the_path_of_this_repository_is_a_graph() -> None:
    path = next(p for p in load([Path(__file__).parents[3] / "paths"]).paths if p.id == "backend")
    graph = Graph.of(path)

    assert set(graph.order) == {c.id for unit in path.units for c in unit.competencies}
    assert graph.units["NET-11"] == "net"
