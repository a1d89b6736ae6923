"""Performs a run where it belongs, for terminal and worker alike, and says what the history keeps of it."""

from firsthand.bench.run import Bench, RunRequest, perform
from firsthand.core.events import Emit
from firsthand.core.results import Report


async def performed(request: RunRequest, emit: Emit) -> Report:
    """Perform a run of this user: a lab with servers in the warm bench, any other in this process."""
    bench = Bench.of_user()
    if not request.lab.servers:
        return await perform(request, emit, bench)
    # Imported for labs with servers alone: others need not wait for it.
    from firsthand.bench.warm.lending import perform_where_chosen

    return await perform_where_chosen(request, emit, bench)
