"""nginx keeps the contract of all servers, by the wheel and from PATH, and a learner's mistake is shown by its line."""

import asyncio
import os
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from contract import ServerContract
from lent import GENEROUS_S, becomes, with_servers

from firsthand.bench.clients.nginx import Nginx
from firsthand.bench.ports import Lease, Wanted
from firsthand.bench.servers import nginx, nginx_config
from firsthand.bench.servers.host import Servers
from firsthand.core.deadlines import Deadline, until
from firsthand.core.errors import ServerMissingError, SubjectError, WorldError

WORDS = """\
user www-data;
worker_processes 2;
pid /run/nginx.pid;
daemon on;
events { worker_connections 64; }
http {
    include /etc/nginx/mime.types;
    log_format word '$arg_word';
    map $arg_word $said { "" 0; default 1; }
    server {
        listen ${PORT};
        access_log logs/words.log word if=$said;
        location /say { return 204; }
        location = /words { alias ../written/logs/words.log; }
    }
}
"""


def wanted(folder: Path, conf: str = WORDS, **variables: str) -> Wanted:
    """A run with this nginx.conf."""
    folder.mkdir(exist_ok=True, parents=True)
    (folder / "nginx.conf").write_text(conf)
    return Wanted("nginx", "a-run", 1, folder=str(folder), files=["nginx.conf"], variables=variables)


def serving(server: str, http: str = "") -> str:
    """A configuration whose one server says this."""
    return f"events {{}}\nhttp {{ {http}\n  server {{\n    listen ${{PORT}};\n    {server}\n  }}\n}}\n"


async def get(address: object, path: str = "/") -> tuple[int, str]:
    """Status and body of an answer."""

    def ask() -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://{address}{path}", timeout=GENEROUS_S) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    return await asyncio.to_thread(ask)


class NginxContract(ServerContract):
    """A word is a line of a log, which nginx serves."""

    kind = "nginx"
    keeps_data = True
    has_password = False
    refusals = (OSError,)

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "work"

    def wanted(self) -> Wanted:
        return wanted(self.folder)

    test_after_the_owner_was_killed_the_next_one_removes_all = None  # nothing is started before there is a nginx.conf

    async def write(self, url: str, word: str) -> None:
        assert await get(url, f"/say?word={word}") == (204, "")

        async def is_written() -> bool:
            return word in await self.read(url)

        # nginx answers first, and writes its log then.
        assert await until(is_written, Deadline.after(GENEROUS_S))

    async def read(self, url: str) -> list[str]:
        _, body = await get(url, "/words")
        return body.splitlines()

    def test_the_keeper_makes_more_after_a_lease(self) -> None:
        async def scenario(servers: Servers) -> int:
            await servers.lease(self.wanted())
            return (await servers.warm("nginx")).warm

        assert with_servers(scenario) == 0


class TestNginxOfTheWheel(NginxContract):
    """The one that comes with us."""


class TestNginxOnPath(NginxContract):
    """The machine's own, when it is asked for."""

    @pytest.fixture(autouse=True)
    def _from_path(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FIRSTHAND_NGINX", "PATH")


@pytest.mark.parametrize(
    ("conf", "where", "what"),
    [
        (serving("liste 80;"), "nginx.conf:5", 'unknown directive "liste"'),
        (serving("return 200"), "nginx.conf:6", 'unexpected "}"'),
        (serving('return 200 "open;'), "nginx.conf", "unexpected end of file"),
        (serving("", "upstream empty {}"), "nginx.conf:2", "no servers are inside upstream"),
        ("http { server { listen ${PORT}; } }", "nginx.conf", 'no "events" section'),
        (serving("include nowhere.conf;"), "nginx.conf:5", "No such file"),
    ],
)
def test_a_configuration_that_nginx_refuses_is_shown_by_file_and_line(
    tmp_path: Path, conf: str, where: str, what: str
) -> None:
    with pytest.raises(SubjectError) as refused:
        with_servers(lambda servers: servers.lease(wanted(tmp_path, conf)))

    assert refused.value.message.startswith(f"nginx refuses {where}")
    assert what in refused.value.message
    assert "/shm/" not in str(refused.value) + refused.value.output


@pytest.mark.parametrize(
    ("conf", "says"),
    [
        ("events {}\nhttp { server { listen 8080; } }\n", "but on 8080"),
        ("events {}\nhttp { server { } }\n", "listens on ${PORT}."),
        ("\0\xff{{{;;;}}" * 100, "listens on ${PORT}"),
        ("", "listens on ${PORT}"),
        (serving("") + "\nhttp { server { listen 80; } }", "duplicate"),
    ],
)
def test_a_configuration_in_which_nobody_listens_says_what_to_write(tmp_path: Path, conf: str, says: str) -> None:
    with pytest.raises(SubjectError) as refused:
        with_servers(lambda servers: servers.lease(wanted(tmp_path, conf)))

    assert says in refused.value.message
    assert refused.value.advice


def test_no_configuration_at_all_is_the_learners(tmp_path: Path) -> None:
    asked = wanted(tmp_path)
    (tmp_path / "nginx.conf").unlink()

    with pytest.raises(SubjectError, match=r"There is no nginx\.conf"):
        with_servers(lambda servers: servers.lease(asked))


def test_a_port_below_1024_is_refused_with_advice(tmp_path: Path) -> None:
    if os.geteuid() and Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text().strip() == "0":
        pytest.skip("this system gives low ports to everybody")
    with pytest.raises(SubjectError) as refused:
        with_servers(lambda servers: servers.lease(wanted(tmp_path, serving("listen 81;"))))

    assert "Permission denied" in refused.value.message
    assert "${PORT}" in refused.value.advice


def test_declared_names_are_filled_in_and_those_of_nginx_stay(tmp_path: Path) -> None:
    conf = serving('return 200 "${BACKEND_ALPHA} ${request_method} ${args}";')

    async def scenario(servers: Servers) -> str:
        lease = await servers.lease(wanted(tmp_path, conf, BACKEND_ALPHA="127.0.0.1:9"))
        return (await get(lease.address, "/?a=1"))[1]

    assert with_servers(scenario) == "127.0.0.1:9 GET a=1"


def test_files_beside_it_are_included_and_served_with_their_types(tmp_path: Path) -> None:
    conf = "events {}\nhttp { include mime.types; include /etc/nginx/sites/*.conf; }\n"
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "one.conf").write_text("server { listen ${PORT}; root public; }\n")
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "a.css").write_text("body {}")

    async def scenario(servers: Servers) -> tuple[int, str]:
        return await get((await servers.lease(wanted(tmp_path, conf))).address, "/a.css")

    assert with_servers(scenario) == (200, "body {}")


def test_a_mistake_in_an_included_file_is_shown_there(tmp_path: Path) -> None:
    (tmp_path / "site.conf").write_text("\nserver { listen ${PORT};\n nonsense; }\n")

    with pytest.raises(SubjectError, match=r"nginx refuses site\.conf:3: unknown directive"):
        with_servers(lambda servers: servers.lease(wanted(tmp_path, "events {}\nhttp { include site.conf; }\n")))


def test_more_ports_are_chosen_for_a_lab_that_names_them(tmp_path: Path) -> None:
    conf = serving("listen ${ADMIN_PORT}; return 200 $server_port;")
    asked = wanted(tmp_path, conf)
    both = Wanted("nginx", "a-run", 1, folder=asked.folder, files=asked.files, options={"ports": "ADMIN_PORT"})

    async def scenario(servers: Servers) -> None:
        lease = await servers.lease(both)
        admin = Nginx(lease, servers, None, Deadline.after(GENEROUS_S)).port("ADMIN_PORT")
        assert await get(admin) == (200, str(admin.port))
        assert await get(lease.address) == (200, str(lease.address.port))

    with_servers(scenario)


def test_a_reload_takes_the_new_configuration_and_keeps_the_old_one_where_it_is_refused(tmp_path: Path) -> None:
    async def scenario(servers: Servers) -> list[str]:
        lease = await servers.lease(wanted(tmp_path, serving("return 200 one;")))
        nginx = Nginx(lease, servers, None, Deadline.after(GENEROUS_S))
        told = [(await get(lease.address))[1]]
        wanted(tmp_path, serving("return 200 two;"))
        await nginx.reload()
        told.append((await get(lease.address))[1])
        wanted(tmp_path, serving("retur 200 three;"))
        with pytest.raises(SubjectError, match=r"nginx\.conf:5"):
            await nginx.reload()
        return [*told, (await get(lease.address))[1]]

    assert with_servers(scenario) == ["one", "two", "two"]


def test_a_check_puts_a_file_in_the_place_of_the_learners_until_it_is_over(tmp_path: Path) -> None:
    conf = serving("include word.conf;")
    asked = wanted(tmp_path, conf)
    (tmp_path / "word.conf").write_text("return 200 mine;")

    async def scenario(servers: Servers) -> list[str]:
        lease = await servers.lease(asked)
        nginx = Nginx(lease, servers, None, Deadline.after(GENEROUS_S))
        told = [(await get(lease.address))[1]]
        await nginx.reload({"word.conf": "return 200 instead;"})
        told.append((await get(lease.address))[1])
        await nginx.restore()
        return [*told, (await get(lease.address))[1]]

    assert with_servers(scenario) == ["mine", "instead", "mine"]
    assert (tmp_path / "word.conf").read_text() == "return 200 mine;"


def test_a_check_puts_files_among_those_that_it_serves_until_it_is_over(tmp_path: Path) -> None:
    asked = wanted(tmp_path, serving("root public;"))
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "old.txt").write_text("mine")
    asks = ["/old.txt", "/deep/new.txt"]

    async def scenario(servers: Servers) -> list[tuple[int, str]]:
        lease = await servers.lease(asked)
        nginx = Nginx(lease, servers, None, Deadline.after(GENEROUS_S))
        for name in ("public/old.txt", "public/deep/new.txt"):
            nginx.put(name, b"draft")
            nginx.put(name, b"instead")
        told = [await get(lease.address, path) for path in asks]
        await nginx.restore()
        return [*told, *[await get(lease.address, path) for path in asks]]

    *during, old, new = with_servers(scenario)
    assert during == [(200, "instead")] * 2
    assert old == (200, "mine")
    assert new[0] == 404
    assert [file.name for file in (tmp_path / "public").iterdir()] == ["old.txt"]


@pytest.mark.parametrize("link", ["public", "public/file.txt"])
def test_a_link_of_the_learners_is_not_followed_where_a_check_puts_a_file_to_serve(tmp_path: Path, link: str) -> None:
    asked = wanted(tmp_path / "work", serving("return 200 mine;"))
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file.txt").write_text("precious")
    at = tmp_path / "work" / link
    at.parent.mkdir(exist_ok=True)
    at.symlink_to(outside if link == "public" else outside / "file.txt")

    async def scenario(servers: Servers) -> None:
        lease = await servers.lease(asked)
        with pytest.raises(WorldError, match=r"public/file\.txt"):
            Nginx(lease, servers, None, Deadline.after(GENEROUS_S)).put("public/file.txt", b"instead")

    with_servers(scenario)
    assert (outside / "file.txt").read_text() == "precious"


def test_fonts_and_pictures_of_today_have_their_types() -> None:
    known = nginx_config.mime_types()

    assert "    font/woff2 woff2;" in known
    assert "    image/webp webp;" in known


def test_a_link_of_the_learners_is_not_followed_where_a_check_puts_a_file(tmp_path: Path) -> None:
    asked = wanted(tmp_path / "work", serving("return 200 mine;"))
    (tmp_path / "precious.txt").write_text("precious")
    (tmp_path / "work" / "word.conf").symlink_to(tmp_path / "precious.txt")

    async def scenario(servers: Servers) -> None:
        lease = await servers.lease(asked)
        await Nginx(lease, servers, None, Deadline.after(GENEROUS_S)).reload({"word.conf": "instead"})

    with_servers(scenario)
    assert (tmp_path / "precious.txt").read_text() == "precious"


def test_what_a_check_puts_in_and_nginx_refuses_leaves_the_old_in_force(tmp_path: Path) -> None:
    async def scenario(servers: Servers) -> str:
        lease = await servers.lease(wanted(tmp_path, serving("return 200 mine;")))
        nginx = Nginx(lease, servers, None, Deadline.after(GENEROUS_S))
        with pytest.raises(SubjectError, match=r"nginx\.conf:1"):
            await nginx.reload({"nginx.conf": "nonsense; http { server { listen ${PORT}; } }"})
        return (await get(lease.address))[1]

    assert with_servers(scenario) == "mine"


def test_no_request_is_lost_while_it_reloads(tmp_path: Path) -> None:
    async def scenario(servers: Servers) -> set[int]:
        lease = await servers.lease(wanted(tmp_path, serving("return 200 ok;")))
        reloading = asyncio.ensure_future(servers.act(lease, "reload"))
        seen = set()
        while not reloading.done():
            seen.add((await get(lease.address))[0])
        await reloading
        return seen | {(await get(lease.address))[0]}

    assert with_servers(scenario) == {200}


def test_a_check_reads_its_logs_wherever_the_learner_wrote_them(tmp_path: Path) -> None:
    conf = "error_log /var/log/nginx/error.log info;\n" + serving(
        "access_log /var/log/nginx/access.log; location /away { proxy_pass http://${BACKEND}; }"
    )

    async def scenario(servers: Servers) -> tuple[int, str, str]:
        lease: Lease = await servers.lease(wanted(tmp_path, conf, BACKEND="127.0.0.1:1"))
        nginx = Nginx(lease, servers, None, Deadline.after(GENEROUS_S))
        status, _ = await get(lease.address, "/away")
        assert await becomes(lambda: "/away" in nginx.access_log())
        return status, nginx.error_log(), nginx.access_log()

    status, errors, accesses = with_servers(scenario)

    assert status == 502
    assert "connect() failed" in errors
    assert '"GET /away HTTP/1.1" 502' in accesses


def test_garbage_is_answered_with_400_and_does_no_harm(tmp_path: Path) -> None:
    async def scenario(servers: Servers) -> tuple[bytes, int]:
        lease = await servers.lease(wanted(tmp_path, serving("return 200 ok;")))
        reader, writer = await asyncio.open_connection(lease.address.host, lease.address.port)
        writer.write(b"\x16\x03\x01\xff\xff" * 100 + b"\r\n\r\n")
        answer = await reader.read()
        writer.close()
        return answer, (await get(lease.address))[0]

    answer, status = with_servers(scenario)

    assert b" 400 " in answer
    assert status == 200


def test_a_machine_without_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(nginx, "LEAST", (1000,))

    with pytest.raises(ServerMissingError, match="nginx"):
        with_servers(lambda servers: servers.lease(wanted(tmp_path)))
