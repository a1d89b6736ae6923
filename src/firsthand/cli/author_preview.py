"""`firsthand author preview`: content as learners see it, in a browser that follows every change."""

import os
import sys
import tempfile

import click

from firsthand.cli.start import PORT_LAST


@click.command()
@click.option("--port", type=click.IntRange(1, PORT_LAST), help="Where the preview listens; else the first free port.")
@click.option("--no-open", is_flag=True, help="Print the address, and open no browser.")
def preview(port: int | None, no_open: bool) -> int:
    """See lessons, briefs and questions as learners see them; pages reload on every change. Ends with Ctrl-C.

    What the linter finds about a page stands on top of it. The preview is somebody new who has a home of their own:
    nothing that you answer in it comes into your history, and your own site may run beside it.
    """
    from firsthand.study import library

    click.echo("Loading the path ...")
    sys.stdout.flush()
    roots = library.roots()
    with tempfile.TemporaryDirectory(prefix="firsthand-preview-") as home:
        # Settings of the user's own home are not there: what they name is told by the environment.
        os.environ["FIRSTHAND_CONTENT"] = os.pathsep.join(map(str, roots))
        os.environ["FIRSTHAND_HOME"] = home
        from firsthand.cli.start import listening, serve
        from firsthand.content import following
        from firsthand.site import seat

        following.begin(roots)
        with seat.taken(), listening(port) as listener:
            return serve(listener, no_open, preview=True) or 0
