"""`firsthand start`: opens the path in the browser."""

import errno
import gc
import os
import shlex
import socket
import sys

import click

from firsthand.core.errors import UsageError

PORT = 8420
PORTS_TRIED_MAX = 20
"""From `PORT` on, where it was not chosen."""
PORT_LAST = 65535
HERE = "127.0.0.1"
SHUTDOWN_S = 2
"""How long pages that follow a run may take to be told that the site ends."""
ANSWER_S = 2.0
ANSWER_BYTES_MAX = 4096


@click.command()
@click.option(
    "--port", type=click.IntRange(1, PORT_LAST), help=f"Where the site listens; else {PORT} or the next free one."
)
@click.option("--no-open", is_flag=True, help="Print the address, and open no browser.")
def start(port: int | None, no_open: bool) -> int:
    """Open the path in your browser: map, lessons, labs, plan. Ends with Ctrl-C.

    The address that it prints opens the site once; the browser is known from then on. Where it runs already, a new
    address for it is printed and opened.
    """
    click.echo("Loading the path ...")
    sys.stdout.flush()
    from firsthand.site import seat

    with seat.taken() as ours:
        if not ours:
            return _again(port, no_open)
        with listening(port) as listener:
            bound = listener.getsockname()[1]
            code = serve(listener, no_open)
    return _anew(bound) if code is None else code


def _anew(port: int) -> int:
    """Start again as we were called, with the code that has taken the place of ours: pages that are open go on."""
    from firsthand.study import invocation

    typed = invocation.spell("start", "--no-open", "--port", str(port))
    try:
        os.execvp(shlex.split(typed)[0], shlex.split(typed))  # noqa: S606  # no shell is wanted
    except OSError as error:
        raise UsageError(f"It cannot be started anew: {error.strerror}.", advice=f"Start it: {typed}.") from None


def _again(port: int | None, no_open: bool) -> int:
    """Open the site that runs already."""
    _settle()
    import asyncio

    from firsthand.core.deadlines import Deadline, until
    from firsthand.site import seat
    from firsthand.site.safety import LINK_AGE_MAX_S, new_link

    async def there() -> bool:
        return seat.told() is not None

    asyncio.run(until(there, Deadline.after(ANSWER_S)))  # it may have started in this moment
    site = seat.told()
    if site is None:
        raise UsageError("The site of this home is being started or ended.", advice="Try again in a moment.")
    click.echo(f"It runs already, as process {site.pid}.")
    if port is not None and not site.address.endswith(f":{port}"):
        click.echo(f"It does not listen on port {port}: end it first (Ctrl-C where it runs) to choose another one.")
    _show(f"{site.address}/enter/{new_link(site.started)}/", no_open)
    click.echo(f"The address works once, within {LINK_AGE_MAX_S // 60} minutes.")
    return 0


def listening(port: int | None) -> socket.socket:
    """A socket that listens on this port, or on the first free one where none was chosen.

    Raises:
        UsageError: the port cannot be had, with who has it.
    """
    tried = [port] if port is not None else range(PORT, PORT + PORTS_TRIED_MAX)
    for candidate in tried:
        try:
            return _bound(candidate)
        except OSError as error:
            if error.errno == errno.EADDRINUSE and port is None:
                continue
            raise UsageError(_refused(candidate, error), advice="Choose another one: --port NUMBER.") from None
    raise UsageError(
        f"All ports from {PORT} to {PORT + PORTS_TRIED_MAX - 1} are in use.", advice="Choose one: --port NUMBER."
    )


def _bound(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Connections that a site before us left in TIME_WAIT keep nobody from the port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HERE, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _refused(port: int, error: OSError) -> str:
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights than you have."
    if error.errno != errno.EADDRINUSE:
        return f"Port {port} cannot be used: {error.strerror}."
    if _is_firsthand(port):
        return f"Port {port} is in use by the Firsthand of another home or user."
    return f"Port {port} is in use by another program."


def _is_firsthand(port: int) -> bool:
    """Whether whoever listens there answers as we do to strangers."""
    try:
        with socket.create_connection((HERE, port), timeout=ANSWER_S) as asking:
            asking.sendall(f"HEAD / HTTP/1.0\r\nHost: {HERE}:{port}\r\n\r\n".encode())
            return b"\r\nserver: firsthand\r\n" in asking.recv(ANSWER_BYTES_MAX).lower()
    except OSError:
        return False


def _settle() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "firsthand.site.settings"
    import django

    django.setup()


def serve(listener: socket.socket, no_open: bool, *, preview: bool = False) -> int | None:
    """Serve the site until it is told to end; a preview for authors stands whatever is wrong with content.

    Returns the exit code; None where our code was replaced meanwhile, as by an update, and we are to start anew.
    """
    _settle()
    from firsthand.site import database, safety, seat
    from firsthand.site.serving import served
    from firsthand.study import invocation, library

    invocation.read_anywhere()
    if not preview:
        library.catalogue()  # what is wrong with content is said here, not on a page
    gc.freeze()  # it lives as long as we do: nobody need look for what of it could be freed
    database.prepare(click.echo)
    address = f"http://{HERE}:{listener.getsockname()[1]}"
    seat.tell(seat.Site(os.getpid(), address, safety.STARTED, safety.token()))

    def ready() -> None:
        _show(f"{address}/enter/{safety.new_link()}/", no_open)
        click.echo("Ctrl-C closes the site.")

    code = served(listener, ready, SHUTDOWN_S, follow_code=not preview)
    kept = "Nothing of what you answered in it is kept." if preview else "All that you did is kept."
    end = "Firsthand was updated: the site starts anew." if code is None else "The site is closed."
    click.echo(f"\n{end} {kept}")
    sys.stdout.flush()
    return code


def _show(link: str, no_open: bool) -> None:
    from firsthand.cli.browser import open_browser

    opened = not no_open and open_browser(link)
    click.echo(f"{'Opened' if opened else 'Open this in your browser'}: {link}")
    if opened:
        click.echo("No browser? Copy the address into one.")
    sys.stdout.flush()
