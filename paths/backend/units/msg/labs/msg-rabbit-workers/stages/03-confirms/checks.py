"""Not yet."""

from firsthand.lab import Http, check


@check(proves=("MSG-02", "MSG-03", "MSG-04"))
async def todo_confirms(http: Http) -> None:
    """Nothing yet (brief)."""
