"""Streams end, heartbeat and resume as pages need it; what a browser sends as its place may be nonsense."""

import asyncio

import pytest
from django.test import RequestFactory

from firsthand.site import streams
from firsthand.site.live import Live


@pytest.mark.parametrize(("given", "number"), [("7", 7), ("", 0), ("-1", 0), ("x", 0), ("9" * 30, 0), ("٣", 0)])
def test_where_a_browser_was_is_a_number_or_the_beginning(given: str, number: int) -> None:
    ask = RequestFactory().get
    assert streams._number(ask("/", headers={"Last-Event-ID": given} if given.isascii() else {})) == (
        number if given.isascii() else 0
    )
    assert streams._number(ask("/", {"since": given})) == number


def test_who_waits_for_news_is_told_at_once_and_looks_by_itself_otherwise() -> None:
    async def scenario() -> list[str]:
        found, live = [], Live()
        waiting = asyncio.ensure_future(live.news(60))
        await asyncio.sleep(0)
        live.tell()
        await waiting
        found.append("told")
        await live.news(0.001)
        found.append("looked")
        live.close()
        await live.news(60)
        return [*found, "closed"]

    assert asyncio.run(asyncio.wait_for(scenario(), 30)) == ["told", "looked", "closed"]


def test_who_goes_away_no_longer_waits() -> None:
    async def scenario() -> int:
        live = Live()
        waiting = asyncio.ensure_future(live.news(60))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return len(live._waiting)

    assert asyncio.run(scenario()) == 0
