"""The reproducing commands say to a running server what the client said; they are run with sh here."""

import asyncio
import shutil
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_server import served

from firsthand.bench.clients.http import Connection, Http, Reply, Request
from firsthand.bench.clients.reproduce import SENDINGS_KEPT_MAX, printf_format
from firsthand.bench.ports import Address
from firsthand.core.errors import ContentError

needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed here")
needs_nc = pytest.mark.skipif(not shutil.which("nc"), reason="nc (netcat) is not installed here")
REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Listening:
    """Answers every request head at once and keeps all bytes of each connection."""

    def __init__(self) -> None:
        self.heard: list[bytearray] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = bytearray()
        self.heard.append(heard)
        answered = 0
        while data := await reader.read(65_536):
            heard += data
            whole = heard.count(b"\r\n\r\n")
            writer.write(REPLY * (whole - answered))
            answered = whole


async def heard_from_shell(commands: list[str], listening: Listening) -> list[bytes]:
    async def run(command: str) -> None:
        process = await asyncio.create_subprocess_shell(
            command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        assert await asyncio.wait_for(process.wait(), 20) == 0, command

    listening.heard.clear()
    await asyncio.gather(*map(run, commands))
    return [bytes(heard) for heard in listening.heard]


def one_off(method: str, target: str, **options: object) -> tuple[str, bytes]:
    """The reproducing command of one request, and what a server hears from it."""
    listening = Listening()

    async def go() -> tuple[str, bytes]:
        async with served(listening) as http:
            await http.request(method, target, **options)  # type: ignore[arg-type]
            (command,) = http.reproduce()
            (heard,) = await heard_from_shell([command], listening)
            return command, heard

    return asyncio.run(go())


@needs_curl
@pytest.mark.parametrize(
    ("method", "target"),
    [("GET", "/"), ("GET", "/../a/./b%20c?x=1&y='$HOME'"), ("HEAD", "/h"), ("DELETE", "/d"), ("POST", "/nothing")],
)
def test_curl_sends_method_and_target_as_they_are(method: str, target: str) -> None:
    command, heard = one_off(method, target)
    assert command.startswith("curl -i --http1.1 --path-as-is ")
    assert heard.startswith(f"{method} {target} HTTP/1.1\r\n".encode())


@needs_curl
def test_curl_sends_the_headers_that_the_check_said_and_no_others_of_ours() -> None:
    command, heard = one_off("GET", "/", headers={"If-None-Match": '"it\'s"', "X-Empty": "", "Host": "other"})
    assert b'If-None-Match: "it\'s"\r\n' in heard
    assert b"X-Empty:\r\n" in heard
    assert b"Host: other\r\n" in heard
    assert "user-agent" not in command.lower()


@needs_curl
@pytest.mark.parametrize(
    "body", [b"", b"plain text", b"it's $HOME `a` \\n %s", b"@file", b"\0\xff\r\n%\\'\" \t\x1b", "grüße".encode()]
)
def test_curl_sends_the_body_byte_for_byte(body: bytes) -> None:
    command, heard = one_off("PUT", "/b", body=body)
    assert command.endswith("/b")
    assert heard.partition(b"\r\n\r\n")[2] == body
    assert b"Content-Length: %d\r\n" % len(body) in heard


@needs_curl
def test_curl_sends_chunks_as_chunks() -> None:
    _, heard = one_off("POST", "/", chunks=[b"abc", b"defg"])
    assert b"Transfer-Encoding: chunked\r\n" in heard
    assert heard.endswith(b"\r\n\r\n7\r\nabcdefg\r\n0\r\n\r\n")


@needs_curl
def test_a_large_body_is_replaced_by_as_many_random_bytes() -> None:
    command, heard = one_off("POST", "/", body=b"x" * 65_536)
    assert command.startswith("head -c 65536 /dev/urandom | curl ")
    assert len(heard.partition(b"\r\n\r\n")[2]) == 65_536


@needs_nc
def test_what_curl_would_change_goes_through_nc() -> None:
    asked = [("/a b", {}), ("/[x]", {}), ("*", {}), ("/own", {"Content-Length": "0"}), ("/é", {}), ("/f#g", {})]
    listening = Listening()

    async def go() -> tuple[list[str], list[bytes]]:
        commands = []
        async with served(listening) as http:
            for target, headers in asked:
                await http.get(target, headers=headers)
                commands += http.reproduce()
            return commands, await heard_from_shell(commands, listening)

    commands, heard = asyncio.run(go())
    assert all(command.startswith("printf '") and " | nc -w 2 127.0.0.1 " in command for command in commands)
    assert {b"GET %b HTTP/1.1" % target.encode() for target, _ in asked} == {h.split(b"\r\n")[0] for h in heard}
    assert all(h.endswith(b"\r\n\r\n") and b"\r\nHost: 127.0.0.1:" in h for h in heard)


def conversation(talk: object) -> tuple[str, list[bytes]]:
    listening = Listening()

    async def go() -> tuple[str, list[bytes]]:
        async with served(listening) as http:
            async with http.connection() as connection:
                await talk(connection)  # type: ignore[operator]
            commands = http.reproduce()
            return commands[-1], await heard_from_shell(commands, listening)

    return asyncio.run(go())


@needs_curl
def test_several_gets_on_a_connection_are_one_curl_that_keeps_it() -> None:
    async def talk(connection: Connection) -> None:
        for name in "abc":
            await connection.get(f"/{name}")

    command, heard = conversation(talk)
    assert command.count("http://") == 3
    assert len(heard) == 1
    assert [line.split()[1] for line in heard[0].split(b"\r\n") if line.startswith(b"GET")] == [b"/a", b"/b", b"/c"]


@needs_curl
def test_mixed_requests_on_a_connection_are_one_curl_too() -> None:
    async def talk(connection: Connection) -> None:
        await connection.get("/a", headers={"X-A": "1"})
        await connection.post("/b", body=b"\0")
        await connection.head("/c")

    _, heard = conversation(talk)
    assert len(heard) == 1
    first, second, third = (heard[0].index(x) for x in (b"GET /a", b"POST /b", b"HEAD /c"))
    assert first < second < third
    assert heard[0].count(b"X-A: 1") == 1


@needs_nc
def test_a_pipeline_is_said_in_one_go() -> None:
    async def talk(connection: Connection) -> None:
        await connection.pipeline([Request("GET", "/1"), Request("POST", "/2", body=b"it's"), Request("GET", "/3")])

    _, heard = conversation(talk)
    assert len(heard) == 1
    assert b"\r\n\r\nPOST /2 HTTP/1.1" in heard[0]
    assert b"\r\n\r\nit'sGET /3 HTTP/1.1" in heard[0]


@needs_nc
def test_raw_pieces_are_said_byte_for_byte() -> None:
    pieces = [b"GET /%\\'\xff HTTP/1.1\r\n", bytes(range(256)), b"\r\n\r\n"]

    async def talk(connection: Connection) -> None:
        await connection.send_pieces(pieces)
        await connection.reply()

    command, heard = conversation(talk)
    assert command.count("sleep") == 2
    assert heard == [b"".join(pieces)]


@needs_nc
def test_long_raw_text_is_begun_and_filled_up() -> None:
    async def talk(connection: Connection) -> None:
        await connection.send(b"GET / HTTP/1.1\r\n\r\n" + b"x" * 100_000)
        await connection.reply()

    command, heard = conversation(talk)
    assert len(command) < 1_500
    assert len(heard[0]) == 100_018
    assert heard[0].startswith(b"GET / HTTP/1.1\r\n\r\nxxx")


def test_only_the_last_things_said_are_shown_and_the_rest_is_counted() -> None:
    async def go() -> tuple[list[str], str]:
        async with served(Listening()) as http, http.connection() as connection:
            for number in range(SENDINGS_KEPT_MAX + 3):
                await connection.get(f"/{number}")
            return http.reproduce(), http.last_exchange()

    (note, command), exchange = asyncio.run(go())
    assert note == "# after 3 more on the same connection"
    assert command.count("http://") == SENDINGS_KEPT_MAX
    assert exchange == f"> GET /{SENDINGS_KEPT_MAX + 2} HTTP/1.1\n< HTTP/1.1 200 OK (2 bytes of body)"


def test_an_exchange_is_shown_without_anything_that_could_play_tricks_on_a_terminal() -> None:
    async def go() -> tuple[str, str]:
        async with served(b"HTTP/1.1 200 \xff\xfe\r\nContent-Length: 1\r\n\r\n\x1b") as http:
            before = http.last_exchange()
            async with http.connection() as connection:
                await connection.send(b"GET /\x1b[31m\r\n\r\n")
                await connection.reply()
            return before, http.last_exchange()

    before, after = asyncio.run(go())
    assert before == ""
    assert after.splitlines() == [r"> GET /\x1b[31m (14 bytes in all)", "< HTTP/1.1 200 ÿþ (1 byte of body)"]


def test_without_a_reply_the_exchange_says_so() -> None:
    async def go() -> str:
        async with served(b"") as http, http.connection() as connection:
            await connection.send(b"GET / HTTP/1.1\r\n\r\n")
            await connection.closed()
            return http.last_exchange()

    assert asyncio.run(go()).endswith("< no whole reply came")


@settings(max_examples=30, deadline=None)
@given(st.binary(min_size=1, max_size=80))
def test_printf_of_sh_makes_the_same_bytes(data: bytes) -> None:
    async def go() -> bytes:
        process = await asyncio.create_subprocess_exec(
            "sh", "-c", f"printf '{printf_format(data)}'", stdout=asyncio.subprocess.PIPE
        )
        return (await process.communicate())[0]

    assert asyncio.run(go()) == data


def test_an_http_client_says_where_it_is_aimed() -> None:
    async def go() -> Http:
        async with served(b"", host="::1") as http:
            return http

    http = asyncio.run(go())
    assert http.reproduce() == []
    assert http.base == f"http://[::1]:{http.address.port}"


def test_a_client_of_another_instance_is_reproduced_there_when_it_spoke_last() -> None:
    @dataclass
    class Second:
        name: str
        address: Address | None

    async def go() -> tuple[Reply, list[str], list[str], str]:
        async with served(REPLY) as first, served(REPLY.replace(b"200", b"203")) as second:
            other = first.at(Second("web.2", second.address))
            assert first.reproduce() == []
            reply = await other.get("/there")
            there = first.reproduce()
            await first.get("/here")
            return reply, there, first.reproduce(), str(second.address)

    reply, there, here, address = asyncio.run(go())
    assert reply.status == 203
    assert [address in command and "/there" in command for command in there] == [True]
    assert [address not in command and "/here" in command for command in here] == [True]


def test_a_program_without_a_port_cannot_be_asked() -> None:
    @dataclass
    class Worker:
        name: str = "worker"
        address: Address | None = None

    async def go() -> None:
        async with served(REPLY) as http:
            http.at(Worker())

    with pytest.raises(ContentError, match="worker by HTTP"):
        asyncio.run(go())
