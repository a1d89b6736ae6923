"""One connection as a check uses it: requests, raw bytes in pieces, pipelines, and "nothing more comes"."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from firsthand.bench.clients.reading import ReplyParser
from firsthand.bench.clients.reply import Reply
from firsthand.bench.clients.reproduce import SENDINGS_KEPT_MAX, Sending
from firsthand.bench.clients.request import HeaderPairs, Manner, Request
from firsthand.bench.clients.stream import Stream
from firsthand.bench.failures import CheckFailed, failed, show_bytes
from firsthand.core.deadlines import Deadline
from firsthand.core.limits import QUIET_S, REPLY_S

_SHOWN = 200


class Verbs:
    """The methods of HTTP as methods of Python, over one `request`."""

    async def request(
        self,
        method: str,
        target: str,
        *,
        headers: HeaderPairs = (),
        body: bytes | None = None,
        chunks: Sequence[bytes] | None = None,
    ) -> Reply:
        """Send one request and read its reply.

        Raises:
            CheckFailed: no valid reply came in time.
        """
        raise NotImplementedError

    async def get(self, target: str, *, headers: HeaderPairs = ()) -> Reply:
        """GET `target`."""
        return await self.request("GET", target, headers=headers)

    async def head(self, target: str, *, headers: HeaderPairs = ()) -> Reply:
        """HEAD `target`: the reply has no body."""
        return await self.request("HEAD", target, headers=headers)

    async def delete(self, target: str, *, headers: HeaderPairs = ()) -> Reply:
        """DELETE `target`."""
        return await self.request("DELETE", target, headers=headers)

    async def post(
        self,
        target: str,
        *,
        headers: HeaderPairs = (),
        body: bytes | None = None,
        chunks: Sequence[bytes] | None = None,
    ) -> Reply:
        """POST to `target`, with a body of known length or in chunks."""
        return await self.request("POST", target, headers=headers, body=body, chunks=chunks)

    async def put(
        self,
        target: str,
        *,
        headers: HeaderPairs = (),
        body: bytes | None = None,
        chunks: Sequence[bytes] | None = None,
    ) -> Reply:
        """PUT to `target`, with a body of known length or in chunks."""
        return await self.request("PUT", target, headers=headers, body=body, chunks=chunks)


class Connection(Verbs):
    """One TCP connection. Every fault of the program is raised as CheckFailed; all bytes are recorded."""

    def __init__(
        self,
        stream: Stream,
        *,
        host: str,
        manner: Manner,
        deadline: Deadline,
        factor: float,
        used: Callable[["Connection"], None],
    ) -> None:
        """`used` is called at each turn, so that the last one can be told how to be reproduced."""
        self.sendings: deque[Sending] = deque(maxlen=SENDINGS_KEPT_MAX)
        self.sendings_left_out = 0
        self.host = host
        self._stream = stream
        self._manner = manner
        self._deadline = deadline
        self._factor = factor
        self._used = used
        self._replies = 0
        self._sent_at = self._stream.clock()

    async def request(
        self,
        method: str,
        target: str,
        *,
        headers: HeaderPairs = (),
        body: bytes | None = None,
        chunks: Sequence[bytes] | None = None,
    ) -> Reply:
        """Send one request on this connection and read its reply.

        Raises:
            CheckFailed: no valid reply came in time.
        """
        # Not waiting for the program to read: it may answer before, and the reply's deadline covers both.
        self._write([Request(method, target, headers, body, chunks)])
        return await self.reply(method)

    def encoded(self, request: Request) -> bytes:
        """The bytes of a request with this client's own headers, to be sent in pieces or changed."""
        return self._manner.dress(request).encode(self.host)

    async def send(self, data: bytes) -> None:
        """Send bytes as they are. A connection that is over is told by the next `reply`, not here.

        Raises:
            CheckFailed: the program reads nothing for too long, and sends nothing either.
        """
        self._log(Sending(pieces=(data,)))
        self._stream.write(data)
        await self._room(self._turn())

    async def send_pieces(self, pieces: Sequence[bytes]) -> None:
        """Send bytes as they are, each piece only after the program has read the one before.

        Stops early where the program closes the connection: the next `reply` tells.

        Raises:
            CheckFailed: the program does not read a piece.
        """
        pieces = [piece for piece in pieces if piece]
        self._log(Sending(pieces=tuple(pieces)))
        for number, piece in enumerate(pieces, 1):
            if self._stream.ended:
                return
            self._stream.write(piece)
            if number == len(pieces):
                return
            turn = self._turn()
            if not await self._stream.was_read(turn):
                raise self._not_read(number, pieces, turn)

    async def pipeline(self, requests: Sequence[Request]) -> list[Reply]:
        """Send all requests in one write, then read as many replies, in order.

        Raises:
            CheckFailed: a reply is missing or not valid.
        """
        self._write(requests)
        replies = []
        for number, request in enumerate(requests, 1):
            try:
                replies.append(await self.reply(request.method))
            except CheckFailed as error:
                raise _at(error, f"Reply {number} of {len(requests)} pipelined requests: ") from None
        return replies

    async def reply(self, to: str = "GET") -> Reply:
        """Read the next final reply; bytes after it are kept for the one after.

        Args:
            to: the method it answers; a reply to HEAD has no body.

        Raises:
            CheckFailed: none came in time, it is not valid, or the connection ended before it was complete.
        """
        turn = self._turn()
        parser = ReplyParser(to.upper(), after_another=self._replies > 0)
        while not parser.done:
            if not await self._stream.news(turn) or (turn.passed and not self._stream.ended):
                raise self._too_late(parser, turn)
            self._advance(parser)
            await asyncio.sleep(0)  # a turn of the loop, however much is there to be parsed
        self._stream.give_back(parser.leftover)
        reply = parser.reply(self._sent_at, self._stream.clock())
        self._replies += 1
        if self.sendings:
            self.sendings[-1].answered(reply)
        return reply

    async def nothing_more(self, within_s: float = QUIET_S) -> None:
        """No byte comes for this time; closing the connection is not a byte.

        Raises:
            CheckFailed: something came.
        """
        self._used(self)
        if await self._stream.news(self._deadline.earlier(within_s, self._factor)) and self._stream.held:
            raise self._unwanted("Nothing should come at this point, but")

    async def closed(self, within_s: float | None = None) -> None:
        """The program closes the connection and sends nothing before that.

        Raises:
            CheckFailed: bytes came, or the connection stays open.
        """
        turn = self._turn() if within_s is None else self._deadline.earlier(within_s, self._factor)
        self._used(self)
        if not await self._stream.news(turn):
            raise failed(f"The connection is still open after {turn.allowed_s:.3g} s.", kind="timeout")
        if self._stream.held:
            raise self._unwanted("The connection should be closed, but first")

    async def is_open(self) -> bool:
        """Whether the program has not closed the connection, as far as can be known now."""
        await self._stream.news(self._deadline.earlier(0.0))
        return not self._stream.ended

    async def end(self) -> None:
        """Close our side and keep reading: the program sees the end of what we send."""
        self._log(Sending())
        self._stream.write_end()

    def _write(self, requests: Sequence[Request]) -> None:
        self._log(Sending(requests=tuple(requests)))
        self._stream.write(b"".join(map(self.encoded, requests)))

    def _log(self, sending: Sending) -> None:
        self.sendings_left_out += len(self.sendings) == SENDINGS_KEPT_MAX
        self.sendings.append(sending)
        self._sent_at = self._stream.clock()

    def _turn(self) -> Deadline:
        """The deadline of one turn as a whole; a byte now and then does not prolong it."""
        self._used(self)
        deadline = self._deadline.earlier(REPLY_S, self._factor)
        return Deadline(
            deadline.at_s, deadline.left_s
        )  # less than ever was allowed, when the check's own time runs out

    def _advance(self, parser: ReplyParser) -> None:
        data = self._stream.take()
        if data:
            parser.feed(data)
        elif self._stream.reset:
            raise parser.cut_short("reset")
        else:
            parser.end()

    def _too_late(self, parser: ReplyParser, turn: Deadline) -> CheckFailed:
        unsent = self._stream.unsent_bytes
        if unsent and parser.nothing_came:
            return failed(
                f"No reply came within {turn.allowed_s:.3g} s, and the program left at least {unsent} bytes of the "
                "request unread.",
                kind="timeout",
            )
        return parser.timed_out(turn.allowed_s)

    async def _room(self, turn: Deadline) -> None:
        if not await self._stream.writable(turn) and not self._stream.held:
            raise failed(
                f"The program did not read what it was sent: {self._stream.unsent_bytes} bytes wait since "
                f"{turn.allowed_s:.3g} s.",
                kind="timeout",
            )

    def _not_read(self, number: int, pieces: Sequence[bytes], turn: Deadline) -> CheckFailed:
        which = "the first part" if number == 1 else f"part {number}"
        return failed(
            f"The program did not read {which} of the request within {turn.allowed_s:.3g} s "
            f"({len(pieces[number - 1])} of {sum(map(len, pieces))} bytes; the rest waits until it does).",
            kind="timeout",
            got=show_bytes(self._stream.held, _SHOWN) if self._stream.held else "",
        )

    def _unwanted(self, what: str) -> CheckFailed:
        held = self._stream.held
        return failed(
            f"{what} {len(held)} bytes came.", kind="mismatch", expected="no byte", got=show_bytes(held, _SHOWN)
        )


def _at(error: CheckFailed, place: str) -> CheckFailed:
    failure = error.failure
    return failed(
        place + failure.message[:1].lower() + failure.message[1:],
        kind=failure.kind,
        expected=failure.expected,
        got=failure.got,
        detail=failure.detail,
        remark=failure.remark,
    )
