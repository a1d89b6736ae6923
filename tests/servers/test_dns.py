"""Name servers keep the contract of all servers as far as zones are files, and refuse a learner's zone by its line."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract import ServerContract
from lent import GENEROUS_S, with_servers

from firsthand.bench.clients.dns import Dns, Record
from firsthand.bench.failures import CheckFailed
from firsthand.bench.live import Live, Ready, live
from firsthand.bench.ports import Lease, Wanted
from firsthand.bench.servers import dns, dns_programs
from firsthand.bench.servers.dns_programs import PROGRAMS, find_dns
from firsthand.bench.servers.dns_refusal import LINES_MAX
from firsthand.bench.servers.host import Servers
from firsthand.content.load import find_lab
from firsthand.core.deadlines import Deadline
from firsthand.core.errors import ContentError, RetryableError, ServerMissingError, SubjectError

CONTENT = Path(__file__).parents[2] / "paths"
ZONE = """\
$TTL 300
@ IN SOA ns1 hostmaster 2026010101 3600 600 86400 60
@ IN NS ns1
ns1 IN A 192.0.2.1
www IN A 192.0.2.10
alias IN CNAME www
@ IN MX 10 mail
mail IN A 192.0.2.25
"""


def here() -> list[str]:
    """The name servers of this machine."""
    with contextlib.suppress(ServerMissingError):
        return list(find_dns())
    return []


@pytest.fixture(params=list(PROGRAMS))
def only(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """One name server alone, each in turn."""
    if request.param not in here():
        pytest.skip(f"no {request.param} on this machine")
    binary = find_dns()[request.param]
    monkeypatch.setattr(dns, "find_dns", lambda: {request.param: binary})
    return str(request.param)


@pytest.fixture
def _one_at_least() -> None:
    if not here():
        pytest.skip("no name server on this machine")


def wanted(folder: Path, zone: str = ZONE, **options: str) -> Wanted:
    """A run with this zone."""
    folder.mkdir(exist_ok=True)
    (folder / "example.zone").write_text(zone)
    return Wanted(
        "dns", "a-run", 1, folder=str(folder), files=["example.zone"], options={"origin": "example.test", **options}
    )


def client_of(lease: Lease, servers: Servers, within_s: float = GENEROUS_S) -> Dns:
    """The client that a check is given."""
    return Dns(lease, servers, None, Deadline.after(within_s))


class TestDns(ServerContract):
    """A word is a TXT record: written into the zone's file, which is then read anew."""

    kind = "dns"
    keeps_data = True
    has_password = False
    refusals = (CheckFailed, RetryableError)

    @pytest.fixture(autouse=True)
    def _folders(self, tmp_path: Path) -> Iterator[None]:
        self._leases: dict[str, tuple[Servers, Lease, Path]] = {}
        self._tmp = tmp_path
        yield
        self._leases.clear()

    def wanted(self) -> Wanted:
        return wanted(self._tmp)

    test_after_the_owner_was_killed_the_next_one_removes_all = None  # nothing is started before there is a zone

    async def write(self, url: str, word: str) -> None:
        pytest.skip(f"a program does not write the word {word} to the name server {url}: zones are files")

    async def read(self, url: str) -> list[str]:
        host, _, port = url.rpartition(":")
        lease = Lease("of-nobody", None, None, {}, {"it": f"{host}:{port} 1.0"})  # type: ignore[arg-type]
        reply = await Dns(lease, Servers(self._tmp, self._tmp), None, Deadline.after(0.5)).query("example.test", "TXT")
        return reply.data("TXT")

    def test_the_keeper_makes_more_after_a_lease(self) -> None:
        async def scenario(servers: Servers) -> int:
            await servers.lease(self.wanted())
            return (await servers.warm("dns")).warm

        assert with_servers(scenario) == 0


def test_a_zone_is_served_with_authority(tmp_path: Path, only: str) -> None:
    async def scenario(servers: Servers) -> None:
        dns = client_of(await servers.lease(wanted(tmp_path)), servers)
        address = await dns.query("www.example.test", "A")
        alias = await dns.query("ALIAS.example.test", "A", tcp=True)
        absent = await dns.query("nowhere.example.test", "A")
        outside = await dns.query("example.org", "A")

        assert (address.server, address.code, address.authoritative) == (only, "NOERROR", True)
        assert address.answer == (Record("www.example.test.", 300, "A", "192.0.2.10"),)
        assert alias.data("CNAME") == ["www.example.test."]
        assert alias.data("A") == ["192.0.2.10"]
        assert absent.code == "NXDOMAIN"
        assert [(record.type, record.ttl) for record in absent.authority] == [("SOA", 60)]
        assert outside.code == "REFUSED"

    with_servers(scenario)


@pytest.mark.usefixtures("_one_at_least")
def test_every_name_server_that_is_there_serves_the_same(tmp_path: Path) -> None:
    async def scenario(servers: Servers) -> None:
        lease = await servers.lease(wanted(tmp_path))
        replies = await client_of(lease, servers).ask_all("example.test", "MX")
        assert list(replies) == here()
        assert {tuple(reply.data()) for reply in replies.values()} == {("10 mail.example.test.",)}
        assert lease.address == client_of(lease, servers).servers[here()[0]]

    with_servers(scenario)


@pytest.mark.parametrize(
    ("line", "broken"),
    [
        (5, ZONE.replace("192.0.2.10", "300.0.2.10")),
        (6, ZONE.replace("CNAME www", "CNAME www extra")),
        (4, ZONE.replace("ns1 IN A", "ns1 IN NOSUCHTYPE")),
    ],
)
def test_a_zone_that_cannot_be_read_is_refused_by_file_and_line(
    tmp_path: Path, only: str, line: int, broken: str
) -> None:
    with pytest.raises(SubjectError) as refused:
        with_servers(lambda servers: servers.lease(wanted(tmp_path, broken)))

    assert refused.value.message.startswith(f"{PROGRAMS[only].title} refuses example.zone:{line}: ")
    assert str(tmp_path) not in refused.value.output
    assert "/shm/" not in refused.value.output


@pytest.mark.parametrize("zone", ["", "$TTL 300\n@ IN NS ns1\n", ZONE.replace("alias", "www"), "\0\xff" * 50])
def test_a_zone_that_makes_no_sense_is_refused_in_words(tmp_path: Path, only: str, zone: str) -> None:
    with pytest.raises(SubjectError, match=f"{PROGRAMS[only].title} refuses") as refused:
        with_servers(lambda servers: servers.lease(wanted(tmp_path, zone)))

    assert refused.value.output


@pytest.mark.parametrize(
    ("broken", "advice"),
    [
        (ZONE + "alias IN TXT text\n", "stands alone"),
        (ZONE.replace("hostmaster 2", "hostmaster ( 2"), "bracket"),
        (ZONE + 'note IN TXT "no end\n', "closed before the line ends"),
        (ZONE + "note IN TXT “curly”\n", "straight quotes"),
        (ZONE + 'key IN TXT "one"\n  "two"\n', "within round brackets"),
        (ZONE + "*.far IN NS ns.other.example.\n", "A star cannot be given away"),
        (ZONE + "x IN CNAME\n", "is missing"),
        ("# a comment\n" + ZONE, "semicolon"),
        (ZONE.replace("mail IN A", "mail 1hour IN A"), "1h30m"),
        (ZONE.replace("192.0.2.25", "www"), "IPv4"),
        (ZONE.replace("@ IN SOA", "@ IN TXT"), "begins with an SOA"),
    ],
)
@pytest.mark.usefixtures("_one_at_least")
def test_who_is_refused_is_told_what_helps(tmp_path: Path, broken: str, advice: str) -> None:
    with pytest.raises(SubjectError) as refused:
        with_servers(lambda servers: servers.lease(wanted(tmp_path, broken)))

    assert advice in refused.value.advice


@pytest.mark.usefixtures("_one_at_least")
def test_the_line_that_is_refused_is_shown_with_its_number(tmp_path: Path) -> None:
    with pytest.raises(SubjectError) as refused:
        with_servers(lambda servers: servers.lease(wanted(tmp_path, ZONE.replace("192.0.2.10", "300.0.2.10"))))

    assert refused.value.output.splitlines()[0] == "5 | www IN A 300.0.2.10"


def test_when_a_dot_is_missing_bind_tells_which_name_is_without_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "bind" not in here():
        pytest.skip("no bind on this machine")
    binary = find_dns()["bind"]
    monkeypatch.setattr(dns, "find_dns", lambda: {"bind": binary})
    for target, advice in (("mx.other.example", "Did you mean mx.other.example. with"), ("post", "Give post.example.")):
        with pytest.raises(SubjectError, match="has no address records") as refused:
            with_servers(lambda servers, name=target: servers.lease(wanted(tmp_path, ZONE + f"@ IN MX 20 {name}\n")))
        assert advice in refused.value.advice


def test_of_two_refusals_the_one_with_a_line_is_said_and_both_are_shown(tmp_path: Path) -> None:
    if len(here()) < 2:
        pytest.skip("only one name server on this machine")
    with pytest.raises(SubjectError) as refused:
        with_servers(lambda servers: servers.lease(wanted(tmp_path, ZONE + "www IN CNAME mail\n")))

    assert refused.value.message == "BIND refuses example.zone:9: www.example.test: CNAME and other data."
    assert "another record exists beside CNAME" in refused.value.output


@pytest.mark.usefixtures("_one_at_least")
def test_a_file_of_the_machine_that_is_included_is_refused_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(SubjectError, match="/etc/passwd") as refused:
        with_servers(lambda servers: servers.lease(wanted(tmp_path, ZONE + "$INCLUDE /etc/passwd\n")))

    assert "root:" not in refused.value.output
    assert len(refused.value.output.splitlines()) <= 2 * (LINES_MAX + 1)


def test_a_long_text_is_cut_over_udp_and_whole_over_tcp_and_with_edns(tmp_path: Path, only: str) -> None:
    zone = ZONE + f'long IN TXT "{"a" * 250}" "b; \\"" "{"c" * 250}"\nlong IN TXT two words\n'

    async def scenario(servers: Servers) -> None:
        dns = client_of(await servers.lease(wanted(tmp_path, zone)), servers)
        cut = await dns.query("long.example.test", "TXT")
        over_tcp = await dns.query("long.example.test", "TXT", tcp=True)
        with_edns = await dns.query("LONG.example.test", "TXT", edns_bytes=1232)

        assert cut.truncated
        assert over_tcp.texts() == with_edns.texts() == ["a" * 250 + 'b; "' + "c" * 250, "twowords"]
        where = dns.servers[only]
        assert (
            with_edns.reproduce == f"dig @{where.host} -p {where.port} LONG.example.test TXT +norecurse +bufsize=1232"
        )
        assert over_tcp.reproduce.endswith(" +tcp +noedns")
        assert dns.reproduce() == [with_edns.reproduce]

    with_servers(scenario)


def test_a_reply_is_shown_like_digs(tmp_path: Path, only: str) -> None:
    async def scenario(servers: Servers) -> str:
        return str(await client_of(await servers.lease(wanted(tmp_path)), servers).query("alias.example.test", "CNAME"))

    shown = with_servers(scenario).splitlines()
    assert shown[:3] == [
        f"{only} answers NOERROR, flags: aa",
        ";; answer",
        "alias.example.test.  300  CNAME  www.example.test.",
    ]


def test_names_of_the_lab_stand_in_the_zone(tmp_path: Path, only: str) -> None:
    zone = ZONE.replace("192.0.2.10", "${WEB}").replace("@ IN NS ns1", "${ORIGIN}. IN NS ns1")
    asked = wanted(tmp_path, zone)
    asked = Wanted(
        "dns",
        "a-run",
        1,
        folder=asked.folder,
        files=asked.files,
        options=asked.options,
        variables={"WEB": "192.0.2.77"},
    )

    async def scenario(servers: Servers) -> list[str]:
        return (await client_of(await servers.lease(asked), servers).query("www.example.test")).data()

    assert with_servers(scenario) == ["192.0.2.77"]


def test_two_zones_delegate_one_to_the_other(tmp_path: Path, only: str) -> None:
    asked = wanted(tmp_path, ZONE + "child IN NS ns1.child\nns1.child IN A 192.0.2.2\n")
    (tmp_path / "child.zone").write_text(ZONE)
    both = Wanted(
        "dns",
        "a-run",
        1,
        folder=asked.folder,
        files=["example.zone", "child.zone"],
        options={"origin": "example.test child.example.test"},
    )

    async def scenario(servers: Servers) -> list[str]:
        return (await client_of(await servers.lease(both), servers).query("www.child.example.test")).data()

    assert with_servers(scenario) == ["192.0.2.10"]


def test_a_reload_takes_the_new_zone_and_a_broken_one_changes_nothing(tmp_path: Path, only: str) -> None:
    async def scenario(servers: Servers) -> list[list[str]]:
        dns = client_of(await servers.lease(wanted(tmp_path)), servers)
        before = await dns.query("www.example.test")
        wanted(tmp_path, ZONE.replace("2026010101", "2026010102").replace("192.0.2.10", "192.0.2.11"))
        await dns.reload()
        after = await dns.query("www.example.test")
        wanted(tmp_path, ZONE.replace("192.0.2.10", "300.0.2.10"))
        with pytest.raises(SubjectError, match=r"example\.zone:5"):
            await dns.reload()
        return [reply.data() for reply in (before, after, await dns.query("www.example.test"))]

    assert with_servers(scenario) == [["192.0.2.10"], ["192.0.2.11"], ["192.0.2.11"]]


@pytest.mark.usefixtures("_one_at_least")
def test_it_comes_back_after_a_stop_and_a_kill_and_is_silent_while_paused(tmp_path: Path) -> None:
    async def scenario(servers: Servers) -> None:
        lease = await servers.lease(wanted(tmp_path))
        dns = client_of(lease, servers)
        for down in ("stop", "kill"):
            await servers.act(lease, down)  # type: ignore[arg-type]
            assert await servers.lost(lease) == ""
            await dns.start()
            assert (await dns.query("www.example.test")).data() == ["192.0.2.10"]
        await dns.pause()
        with pytest.raises(CheckFailed, match="in time"):
            await client_of(lease, servers, within_s=0.3).query("www.example.test")
        await dns.resume()
        assert (await dns.query("www.example.test")).data() == ["192.0.2.10"]

    with_servers(scenario)


@pytest.mark.usefixtures("_one_at_least")
def test_garbage_is_not_answered_and_does_no_harm(tmp_path: Path) -> None:
    async def scenario(servers: Servers) -> list[str]:
        lease = await servers.lease(wanted(tmp_path))
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=(lease.address.host, lease.address.port)
        )
        for size in range(0, 600, 7):
            transport.sendto(b"\xff" * size)
        transport.close()
        return (await client_of(lease, servers).query("www.example.test")).data()

    assert with_servers(scenario) == ["192.0.2.10"]


@pytest.mark.usefixtures("_one_at_least")
def test_a_file_that_is_not_there_is_the_learners_and_a_lab_without_an_origin_the_authors(tmp_path: Path) -> None:
    asked = wanted(tmp_path)
    (tmp_path / "example.zone").unlink()
    with pytest.raises(SubjectError, match=r"no example\.zone"):
        with_servers(lambda servers: servers.lease(asked))
    with pytest.raises(ContentError, match="of which zones"):
        with_servers(lambda servers: servers.lease(Wanted("dns", "a-run", 1, folder=str(tmp_path), files=["a"])))


def test_a_machine_without_one_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(dns_programs, "PROGRAMS", {})

    with pytest.raises(ServerMissingError, match="knot"):
        with_servers(lambda servers: servers.lease(wanted(tmp_path)))


@pytest.mark.usefixtures("_one_at_least")
def test_a_learner_who_tries_a_zone_is_told_of_every_name_server_and_what_it_was_asked(tmp_path: Path) -> None:
    lab = find_lab([CONTENT], "net-zone-keeper")
    told: list[str] = []

    async def scenario(servers: Servers) -> Ready:
        until, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
        heard = asyncio.Event()

        def exchange(name: str, *_more: object) -> None:
            told.append(name)
            heard.set()

        hears = Live(lambda _event: None, ready.set_result, exchange, lambda _data: None)
        running = asyncio.create_task(
            live(
                lab,
                lab.folder / "starters" / "zone",
                hears,
                until,
                cache=tmp_path / "cache",
                temp=tmp_path,
                folders=tmp_path / "folders",
                fresh=True,
                leases=servers,
            )
        )
        found: Ready = await asyncio.wait_for(ready, GENEROUS_S)
        host, _, port = found.servers[0].url.rpartition(":")
        lease = Lease("of-nobody", None, None, {}, {"it": f"{host}:{port} 1.0"})  # type: ignore[arg-type]
        await Dns(lease, servers, None, Deadline.after(GENEROUS_S)).query("lantern.test", "SOA")
        await asyncio.wait_for(heard.wait(), GENEROUS_S)
        until.set()
        assert await running == ""
        return found

    ready = with_servers(scenario)
    assert [server.title.rpartition(" ")[0] for server in ready.servers] == [PROGRAMS[name].title for name in here()]
    assert told == [here()[0]]
