"""One RabbitMQ node: its files, its start without epmd, and the two ways in which we speak to it."""

import asyncio
import contextlib
import http.client
import json
import secrets
import shutil
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from firsthand.bench.ports import Address
from firsthand.bench.servers.access import Access, KeptAccess
from firsthand.bench.servers.controlled import Controlled
from firsthand.bench.servers.place import Place
from firsthand.bench.servers.process import PORT_TRIES_MAX, SERVER_PATH, PortTakenError, ServerProcess
from firsthand.bench.servers.providers import Binary, choose, on_path
from firsthand.core.deadlines import Deadline, machine_factor
from firsthand.core.errors import RetryableError
from firsthand.core.limits import MIB

HOST = "127.0.0.1"
LEAST = (3, 10)
START_S = 60.0
ANSWER_S = 20.0
PROBE_S = 1.0
KEEPER = "firsthand"
"""The administrator of a node; nobody else is one."""

MEMORY_BYTES_MAX = 512 * MIB
"""What a node may use before it makes publishers wait."""
MESSAGE_BYTES_MAX = 16 * MIB
QUEUE_BYTES_MAX = 64 * MIB
"""What one queue holds: a program that floods it loses its oldest messages, as the operator policy says."""
QUEUES_MAX = 200
CONNECTIONS_MAX = 200
CHANNELS_MAX = 1_000

GREETING = b"AMQP\x00\x00\x09\x01"
CONTROL = "control"
_CONNECTION_START = b"\x00\x0a\x00\x0a"

_SCRIPT = """\
%% Answers one line per connection on a Unix socket in our private folder: faster than a new Erlang node per command.
Shown = fun
    ({resource, _, _, Name}) -> base64:encode(Name);
    (Text) when is_binary(Text) -> base64:encode(Text);
    (Other) -> io_lib:format("~w", [Other])
end,
Table = fun(Keys, Rows) ->
    [[lists:join(" ", [Shown(proplists:get_value(Key, Row)) || Key <- Keys]), "\\n"] || Row <- Rows]
end,
Queue = [name, messages_ready, messages_unacknowledged, consumers, durable],
Exchange = [name, type, durable],
Binding = [source_name, destination_name, routing_key],
Obey = fun
    ([<<"ping">>]) -> [];
    ([<<"sync">>]) -> ok = mnesia:sync_log(), [];
    ([<<"stop">>]) ->
        %% While it is stopped with the rest, this handler of the management waits 5 s for whoever stops it.
        catch gen_event:delete_handler(rabbit_event, rabbit_mgmt_db_handler, stopping),
        rabbit:stop(),
        [];
    ([<<"start">>]) -> rabbit:start(), catch sys:suspend(rabbit_epmd_monitor), [];
    ([<<"queues">>, Vhost]) -> Table(Queue, rabbit_amqqueue:info_all(Vhost, Queue));
    ([<<"exchanges">>, Vhost]) -> Table(Exchange, rabbit_exchange:info_all(Vhost, Exchange));
    ([<<"bindings">>, Vhost]) -> Table(Binding, rabbit_binding:info_all(Vhost, Binding))
end,
Serve = fun Serve(Listener) ->
    {ok, Socket} = gen_tcp:accept(Listener),
    case gen_tcp:recv(Socket, 0) of
        {ok, Line} ->
            Answer = try [Obey(string:lexemes(Line, " \\n")), "done\\n"]
            catch _:Reason -> io_lib:format("failed ~0p~n", [Reason]) end,
            gen_tcp:send(Socket, Answer);
        _ -> ok
    end,
    gen_tcp:close(Socket),
    Serve(Listener)
end,
catch sys:suspend(rabbit_epmd_monitor), %% there is none here, and every minute it would start one
file:delete("control"),
spawn(fun() ->
    {ok, Listener} = gen_tcp:listen(0, [{ifaddr, {local, "control"}}, binary, {packet, line}, {active, false}]),
    Serve(Listener)
end).
"""


def find_rabbitmq() -> Binary:
    """The binary to use.

    Raises:
        ServerMissingError: there is none, or only an old one.
    """
    return choose(
        "rabbitmq",
        wheel=lambda: None,
        names=("rabbitmq-server",),
        folders=("/usr/lib/rabbitmq/bin", "/usr/lib/rabbitmq/lib/*/sbin", "/opt/rabbitmq/sbin"),
        version=_version,
        least=LEAST,
    )


class Node(Controlled):
    """One node: a folder and a process. `start` may be called again: address and data stay."""

    def __init__(self, binary: Binary, place: Place, kept: Path | None = None) -> None:
        """Nothing is started yet. `kept` is a folder for its data that outlives it."""
        self.folder = place.socket_folder(f"node-{secrets.token_hex(4)}")
        self.kept = place.kept(kept) if kept else None
        self.port = self.management_port = 0
        self._binary = binary
        self._place = place
        self._password = secrets.token_urlsafe(18)

    @property
    def well(self) -> bool:
        """Whether it answers, as far as we know without asking."""
        return self.wanted_up and self.running and self.process is not None and not self.process.paused

    async def start_somewhere(self) -> Access | None:
        """Start it on ports of its own, and on others where somebody was quicker; returns what is kept from before.

        Raises:
            RetryableError: it did not start.
            WorldError: another version has written what is kept.
        """
        before = KeptAccess.read(self.kept, "RabbitMQ", self._binary.version) if self.kept else None
        if before is not None:
            self._password = before.administrator
        else:
            self._place.remove(self._data)  # what was left unfinished
        for left in reversed(range(PORT_TRIES_MAX)):
            ports = self._place.ports
            self.port, self.management_port, self._distribution_port = ports.take(), ports.take(), ports.take()
            try:
                await self.start()
            except PortTakenError:
                if not left:
                    raise
            else:
                break
        return before.access if before else None

    async def start(self) -> None:
        """Start the broker, and the node where it is gone too."""
        if self.running:
            await self.tell("start")
        else:
            self._place.write(self.folder / "rabbitmq.conf", self._configuration())
            self._place.write(self.folder / "enabled_plugins", "[rabbitmq_management].\n")
            self._place.write(self.folder / "control.erl", _SCRIPT)
            (self.folder / CONTROL).unlink(missing_ok=True)
            title = f"RabbitMQ {self._binary.version}"
            self.process = ServerProcess(title, [self._binary.path], self.folder, self._place, self._environment())
            await self.process.ready(self._answers, START_S)
        self.wanted_up = True

    async def stop(self) -> None:
        """Stop the broker inside its node, as `rabbitmqctl stop_app` does: ten times as fast as ending the node."""
        self.wanted_up = False
        if self.running:
            await self.tell("stop")

    async def kill(self) -> None:
        """End the node at once.

        What was declared lies in the node's memory for a moment, though its client was told that it is durable. By
        whether that moment is over nothing shall be decided, so what was confirmed is there when the node comes back.
        """
        if self.well:
            with contextlib.suppress(RetryableError):
                await self.tell("sync", PROBE_S)
        await super().kill()

    async def discard(self) -> None:
        """End it, at once unless its data is kept, and remove its folder."""
        self.wanted_up = False
        if self.kept and self.process and self.running:
            await self.process.stop()
        await super().kill()
        self._place.remove(self.folder)

    async def make(self) -> Access:
        """Make a virtual host with its users and limits.

        Raises:
            RetryableError: the node does not answer.
        """
        vhost = Access.fresh("-")
        await asyncio.to_thread(self._manage, _making(vhost))
        return vhost

    async def make_to_keep(self) -> Access:
        """As `make`, and it is found here the next time.

        Raises:
            RetryableError, WorldError: as in `make`, or it cannot be written.
        """
        assert self.kept is not None, "it has a folder for that"
        vhost = await self.make()
        KeptAccess(self._binary.version, self._password, vhost).write(self.kept, self._place)
        return vhost

    async def drop(self, vhost: Access) -> None:
        """Remove a virtual host with all in it, and its users; their connections are closed by the broker.

        Raises:
            RetryableError: the node does not answer.
        """
        await asyncio.to_thread(self._manage, _dropping(vhost))

    def management(self, vhost: Access) -> str:
        """The URL of its management site, which the program's user may open."""
        return f"http://{vhost.user}:{vhost.password}@{HOST}:{self.management_port}"

    async def tell(self, command: str, within_s: float = ANSWER_S) -> None:
        """Send a command to the control socket, and wait until it is done.

        Raises:
            RetryableError: it does not answer, or failed.
        """
        deadline = Deadline.after(within_s, machine_factor())
        try:
            async with asyncio.timeout(deadline.left_s):
                reader, writer = await asyncio.open_unix_connection(str(self.folder / CONTROL))
                try:
                    writer.write(f"{command}\n".encode())
                    told = (await reader.read(-1)).decode("utf-8", "replace")
                finally:
                    writer.close()
        except (OSError, TimeoutError) as error:
            raise RetryableError(f"RabbitMQ does not answer when told to {command}.") from error
        if told != "done\n":
            raise RetryableError(f"RabbitMQ cannot {command}: {told or 'it closed the connection'}.")

    @property
    def _data(self) -> Path:
        return (self.kept or self.folder) / "data"

    def _manage(self, requests: Iterable[tuple[str, str, object]]) -> None:
        token = b64encode(f"{KEEPER}:{self._password}".encode()).decode()
        headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection(HOST, self.management_port, timeout=ANSWER_S)
        try:
            for method, path, body in requests:
                connection.request(method, f"/api/{path}", None if body is None else json.dumps(body), headers)
                reply = connection.getresponse()
                told = reply.read()
                if reply.status >= 300 and not (method == "DELETE" and reply.status == 404):
                    raise RetryableError(f"RabbitMQ refuses {method} {path}: {reply.status} {told[:200]!r}.")
        except (OSError, http.client.HTTPException) as error:
            raise RetryableError(f"RabbitMQ's management does not answer: {error or type(error).__name__}.") from error
        finally:
            connection.close()

    async def _answers(self) -> bool:
        try:
            await self.tell("ping", PROBE_S)
            return await greets(Address(HOST, self.port))
        except RetryableError:
            return False

    def _configuration(self) -> str:
        options = {
            "listeners.tcp.1": f"{HOST}:{self.port}",
            "management.tcp.ip": HOST,
            "management.tcp.port": str(self.management_port),
            "default_user": KEEPER,
            "default_pass": self._password,
            "vm_memory_high_watermark.absolute": str(MEMORY_BYTES_MAX),
            "disk_free_limit.absolute": str(64 * MIB),
            "max_message_size": str(MESSAGE_BYTES_MAX),
            "log.file": "false",
            "log.console": "true",
            "log.console.level": "warning",
        }
        return "".join(f"{name} = {value}\n" for name, value in options.items())

    def _environment(self) -> dict[str, str]:
        # With a fixed port for all nodes of a name there is nothing to ask an epmd, so none is started: not by the
        # node, and (the Z flags) not by the helpers that it starts itself.
        erlang = (
            f"-noinput -sname rabbit@localhost -start_epmd false -erl_epmd_port {self._distribution_port}"
            " -kernel inet_dist_use_interface {127,0,0,1}"
            f' -eval file:script("{self.folder / "control.erl"}")'
        )
        erl = on_path(("erl",))
        return {
            "PATH": ":".join([*(str(found.parent) for found in erl[:1]), SERVER_PATH]),
            "ERL_ZFLAGS": "-start_epmd false",
            "RABBITMQ_NODENAME": "rabbit@localhost",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "advanced.config"),
            "RABBITMQ_MNESIA_BASE": str(self._data),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(self.folder / "config"),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": erlang,
        }


async def greets(address: Address) -> bool:
    """Whether a broker answers the protocol header with Connection.Start (AMQP 0-9-1, 4.2.2)."""
    try:
        async with asyncio.timeout(PROBE_S):
            reader, writer = await asyncio.open_connection(address.host, address.port)
            try:
                writer.write(GREETING)
                return (await reader.readexactly(11))[7:] == _CONNECTION_START
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return False


def _making(vhost: Access) -> list[tuple[str, str, object]]:
    every = {"configure": ".*", "write": ".*", "read": ".*"}
    name = quote(vhost.name, safe="")
    policy = {"pattern": ".*", "definition": {"max-length-bytes": QUEUE_BYTES_MAX}, "apply-to": "queues"}
    return [
        ("PUT", f"vhosts/{name}", {}),
        ("PUT", f"users/{vhost.user}", {"password": vhost.password, "tags": "management"}),
        ("PUT", f"users/{vhost.checker}", {"password": vhost.checker_password, "tags": ""}),
        ("PUT", f"permissions/{name}/{vhost.user}", every),
        ("PUT", f"permissions/{name}/{vhost.checker}", every),
        ("PUT", f"vhost-limits/{name}/max-queues", {"value": QUEUES_MAX}),
        ("PUT", f"user-limits/{vhost.user}/max-connections", {"value": CONNECTIONS_MAX}),
        ("PUT", f"user-limits/{vhost.user}/max-channels", {"value": CHANNELS_MAX}),
        ("PUT", f"operator-policies/{name}/bounded", policy),
    ]


def _dropping(vhost: Access) -> list[tuple[str, str, object]]:
    return [
        ("DELETE", f"users/{vhost.user}", None),
        ("DELETE", f"users/{vhost.checker}", None),
        ("DELETE", f"vhosts/{quote(vhost.name, safe='')}", None),
    ]


def _version(path: Path) -> str:
    """By the folder of its own plugin: asking `rabbitmqctl` takes a second, and leaves an epmd behind.

    The wrapper that Debian puts on PATH has none beside it; it starts servers as root or `rabbitmq` only.
    """
    plugins = path.resolve().parent.parent / "plugins"
    found = sorted(plugins.glob("rabbit-[0-9]*"))
    return found[-1].name.removesuffix(".ez").removeprefix("rabbit-") if found and shutil.which("erl") else ""
