"""What every kind of server must do, whoever provides it. Subclass `ServerContract` once per kind."""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from lent import CACHE, GENEROUS_S, becomes, new_place, state_of, url_of, with_servers, working_below

from firsthand.bench.ports import Action, Lease, Wanted
from firsthand.bench.sandbox import sockets
from firsthand.bench.sandbox.program_user import SERVER_USER
from firsthand.bench.sandbox.sweep import remove_folder
from firsthand.bench.servers.host import Servers, make_server
from firsthand.bench.servers.place import Place, Ports
from firsthand.core.deadlines import Deadline, until
from firsthand.core.errors import ServerMissingError, WorldError

LOOPBACK = {"127.0.0.1", "::1"}
AT_ONCE = 5


class ServerContract:
    """Tests for all kinds. Say what is asked for in the first part of the class."""

    kind = ""
    variable = ""
    """The variable that leads a program to it; empty where a configuration is the subject."""
    keeps_data = False
    """Whether what was written is there after a restart and after a kill."""
    has_password = True
    shares = False
    """Whether leases share processes unless they ask for their own."""
    refusals: tuple[type[BaseException], ...] = (OSError,)
    """What a client raises that is not let in, or finds nobody."""

    def wanted(self) -> Wanted:
        """What most runs ask for."""
        return Wanted(self.kind, "a-run", 1)

    def wanted_own(self) -> Wanted:
        """What a run asks for whose checks stop the server."""
        return self.wanted()

    async def write(self, url: str, word: str) -> None:
        """Leave a word, as a program would."""
        raise NotImplementedError

    async def read(self, url: str) -> list[str]:
        """The words that were left; must raise one of `refusals` when it is not let in."""
        raise NotImplementedError

    # What is asked of all.

    @pytest.fixture(autouse=True)
    def _is_on_this_machine(self, tmp_path: Path) -> None:
        try:
            make_server(self.kind, Place(tmp_path, mark="nobody", cache=tmp_path, ports=Ports(0)))
        except ServerMissingError as error:
            pytest.skip(f"no {self.kind} here: {error}")

    def test_a_lease_says_what_it_is(self) -> None:
        async def scenario(servers: Servers) -> Lease:
            return await servers.lease(self.wanted())

        lease = with_servers(scenario)

        assert lease.server.kind == self.kind
        assert lease.server.real
        assert re.fullmatch(r"\d+(\.\d+)+", lease.server.version)
        assert lease.address.host in LOOPBACK

    def test_two_leases_do_not_see_each_other(self) -> None:
        async def scenario(servers: Servers) -> list[list[str]]:
            one, other = self._url(await servers.lease(self.wanted())), self._url(await servers.lease(self.wanted()))
            await self.write(one, "mine")
            return [await self.read(one), await self.read(other)]

        assert with_servers(scenario) == [["mine"], []]

    def test_each_lease_is_fresh(self) -> None:
        async def scenario(servers: Servers) -> list[str]:
            first = await servers.lease(self.wanted())
            await self.write(self._url(first), "old")
            await servers.release(first)
            return await self.read(self._url(await servers.lease(self.wanted())))

        assert with_servers(scenario) == []

    def test_a_wrong_password_is_refused(self) -> None:
        if not self.has_password:
            pytest.skip(f"{self.kind} has no passwords")

        async def scenario(servers: Servers) -> list[bool]:
            one, other = self._url(await servers.lease(self.wanted())), self._url(await servers.lease(self.wanted()))
            wrong = re.sub(r":[^:/@]+@", ":not-the-password@", one)
            swapped = one.replace(_password(one), _password(other))
            return [await self._lets_in(url) for url in (one, wrong, swapped)]

        assert with_servers(scenario) == [True, False, False]

    def test_nobody_gets_in_after_a_release(self) -> None:
        async def scenario(servers: Servers) -> bool:
            lease = await servers.lease(self.wanted())
            await self.write(self._url(lease), "mine")
            await servers.release(lease)
            return await until(lambda: self._is_shut(self._url(lease)), Deadline.after(GENEROUS_S))

        assert with_servers(scenario)

    def test_many_leases_at_once_are_all_different(self) -> None:
        async def scenario(servers: Servers) -> list[list[str]]:
            leases = await asyncio.gather(*(servers.lease(self.wanted()) for _ in range(AT_ONCE)))
            for number, lease in enumerate(leases):
                await self.write(self._url(lease), f"of-{number}")
            return [await self.read(self._url(lease)) for lease in leases]

        assert with_servers(scenario) == [[f"of-{number}"] for number in range(AT_ONCE)]

    def test_the_keeper_makes_more_after_a_lease(self) -> None:
        async def scenario(servers: Servers) -> bool:
            await servers.lease(self.wanted())
            warm = await becomes(lambda: state_of(servers, self.kind).warm > 0)
            for _ in range(state_of(servers, self.kind).warm):
                await servers.lease(self.wanted())
            return warm and await becomes(lambda: state_of(servers, self.kind).warm > 0)

        assert with_servers(scenario)

    def test_it_runs_as_its_own_user_and_listens_on_loopback_only(self) -> None:
        async def scenario(servers: Servers) -> tuple[set[int], set[str]]:
            await servers.lease(self.wanted())
            pids = state_of(servers, self.kind).pids
            inodes, _ = sockets.inodes_of(pids)
            return _users_of(pids), {s.host for s in sockets.listening() if s.inode in inodes}

        users, hosts = with_servers(scenario)

        assert users == {SERVER_USER if os.geteuid() == 0 else os.geteuid()}
        assert hosts <= LOOPBACK

    @pytest.mark.parametrize("downs", [["restart"], ["stop", "start"], ["kill", "start"]])
    def test_it_comes_back_at_the_same_address(self, downs: list[Action]) -> None:
        async def scenario(servers: Servers) -> tuple[list[str], str]:
            lease = await self._with_feature(servers, "kill" if "kill" in downs else "restart")
            await self.write(self._url(lease), "before")
            for action in downs:
                await servers.act(lease, action)
            return await self.read(self._url(lease)), await servers.lost(lease)

        assert with_servers(scenario) == (["before"] if self.keeps_data else [], "")

    @pytest.mark.parametrize("down", ["stop", "kill"])
    def test_it_stays_down_until_it_is_started(self, down: Action) -> None:
        async def scenario(servers: Servers) -> tuple[bool, str]:
            lease = await self._with_feature(servers, "kill" if down == "kill" else "restart")
            await servers.act(lease, down)
            return await self._lets_in(self._url(lease)), await servers.lost(lease)

        assert with_servers(scenario) == (False, "")

    def test_while_paused_it_answers_nothing(self) -> None:
        async def scenario(servers: Servers) -> tuple[bool, list[str]]:
            lease = await self._with_feature(servers, "pause")
            await self.write(self._url(lease), "before")
            await servers.act(lease, "pause")
            reading = asyncio.ensure_future(self.read(self._url(lease)))
            done, _ = await asyncio.wait([reading], timeout=0.3)
            await servers.act(lease, "resume")
            return bool(done), await reading

        assert with_servers(scenario) == (False, ["before"])

    def test_a_server_that_was_killed_is_known_to_be_lost_and_replaced(self) -> None:
        async def scenario(servers: Servers) -> tuple[str, str, list[str]]:
            lease = await servers.lease(self.wanted())
            before = await servers.lost(lease)
            for pid in state_of(servers, self.kind).pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            assert await until(self._lost(servers, lease), Deadline.after(GENEROUS_S))
            after = await servers.lost(lease)
            return before, after, await self.read(self._url(await servers.lease(self.wanted())))

        before, after, words = with_servers(scenario)

        assert before == ""
        assert after.endswith(".")
        assert words == []

    def test_an_action_that_it_cannot_do_is_refused_in_words(self) -> None:
        async def scenario(servers: Servers) -> str:
            lease = await servers.lease(self.wanted())
            action: Action = "kill" if "kill" not in lease.features else "reload"
            if action in lease.features:
                return "cannot"
            with pytest.raises(WorldError) as error:
                await servers.act(lease, action)
            return str(error.value)

        assert "cannot" in with_servers(scenario)

    def test_after_the_owner_was_killed_the_next_one_removes_all(self) -> None:
        place = new_place()
        script = Path(__file__).parent / "abandoned_servers.py"
        try:
            command = [sys.executable, str(script), str(place), str(CACHE), self.kind]
            told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=GENEROUS_S * 2)
            assert told.returncode == -signal.SIGKILL, told.stderr
            orphans = working_below(place)

            async def next_one() -> None:
                servers = Servers(place, CACHE)
                try:
                    await servers.warm(self.kind)
                    assert not set(working_below(place)) & set(orphans)
                finally:
                    await servers.close()

            asyncio.run(next_one())
            assert orphans != []
            assert working_below(place) == []
            assert list(place.iterdir()) == []
        finally:
            remove_folder(place)

    # What they are made of.

    def _url(self, lease: Lease) -> str:
        return url_of(lease, self.variable) if self.variable else str(lease.address)

    async def _with_feature(self, servers: Servers, feature: str) -> Lease:
        lease = await servers.lease(self.wanted_own())
        if feature not in lease.features:
            pytest.skip(f"{self.kind} cannot {feature}: {lease.features}")
        return lease

    async def _lets_in(self, url: str) -> bool:
        try:
            await self.read(url)
        except self.refusals:
            return False
        return True

    async def _is_shut(self, url: str) -> bool:
        return not await self._lets_in(url)

    def _lost(self, servers: Servers, lease: Lease) -> Callable[[], Awaitable[bool]]:
        async def asked() -> bool:
            return bool(await servers.lost(lease))

        return asked


def _password(url: str) -> str:
    found = re.search(r":([^:/@]+)@", url)
    assert found, f"{url} has a password"
    return found[1]


def _users_of(pids: list[int]) -> set[int]:
    users = set()
    for pid in pids:
        with contextlib.suppress(OSError):  # some ends by itself, as after a connection
            users.add(int(re.findall(r"^Uid:\t(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)[0]))
    return users
