"""The application that uvicorn serves."""

import os
import warnings
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from django.core.asgi import get_asgi_application

from firsthand.study import library

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firsthand.site.settings")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BODY_BYTES_MAX = 64 * 1024 * 1024
"""The most that is taken in at all, by whoever has no smaller limit: an imported history is the largest."""


class _Bounded:
    """Takes in no more of a request than the limit, so that nobody fills the disk."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            # To whoever reads it the sender has gone: what is beyond is neither kept nor looked at.
            return message if taken <= BODY_BYTES_MAX else {"type": "http.disconnect"}

        told = dict(scope.get("headers", ())).get(b"content-length", b"0")
        if told.isdigit() and int(told) > BODY_BYTES_MAX:
            await _too_large(send)
            return
        await self._application(scope, bounded, send)


async def _too_large(send: Send) -> None:
    words = f"That is more than {BODY_BYTES_MAX // 1024 // 1024} MiB. Nothing was changed.\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "headers": headers})
    await send({"type": "http.response.body", "body": words})


# WhiteNoise answers with files of a few KiB, which Django reads at once in its thread.
warnings.filterwarnings("ignore", "StreamingHttpResponse must consume synchronous iterators")
library.hold()
application = _Bounded(get_asgi_application())
