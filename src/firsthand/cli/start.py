"""`firsthand start`: opens the path in the browser."""

import click

PORT = 8420


@click.command()
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(1, 65535), help="Where the site listens.")
@click.option("--no-open", is_flag=True, help="Print the address, and open no browser.")
def start(port: int, no_open: bool) -> None:
    """Open the path in your browser: map, lessons, labs, plan. Ends with Ctrl-C."""
    import os

    os.environ["DJANGO_SETTINGS_MODULE"] = "firsthand.site.settings"
    import uvicorn

    from firsthand.site.asgi import application
    from firsthand.site.safety import new_link

    address = f"http://127.0.0.1:{port}/enter/{new_link()}/"
    click.echo(f"The path is open: {address}")
    if not no_open:
        click.launch(address)
    uvicorn.run(application, host="127.0.0.1", port=port, log_level="warning", lifespan="off")
