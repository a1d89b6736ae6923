"""Stage 3: other names for a name, and the way of mail."""

from kit import ORIGIN, ask, expect_bare, expect_records, expect_ttl, said, shown, whole

from firsthand.lab import Dns, Rng, check, expect

WWW = {"A": ["192.0.2.80", "198.51.100.80"], "AAAA": ["2001:db8:1::80", "2001:db8:2::80"]}


@check(proves=("NET-07", "NET-06"))
async def makes_the_store_an_alias(dns: Dns, rng: Rng) -> None:
    """store is an alias of www: who asks for its addresses is given those of www (RFC 1034, 3.6.2; brief)."""
    hint = "An alias is a CNAME record, and has the other name as its data; the addresses stay with www."
    await expect_records(dns, rng, "store", "CNAME", [f"www.{ORIGIN}."], hint=hint)
    await _expect_www(dns, rng, "store")


@check(proves="NET-07")
async def leads_there_in_one_step(dns: Dns, rng: Rng) -> None:
    """shop is an alias of www too, in one step and not by way of another alias (RFC 1034, 3.6.2; brief)."""
    hint = "An alias of an alias costs resolvers a step each: let it name www itself."
    await expect_records(dns, rng, "shop", "CNAME", [f"www.{ORIGIN}."], hint=hint)
    await _expect_www(dns, rng, "shop")


@check(proves=("NET-07", "NET-06"))
async def leaves_the_blog_to_its_host(dns: Dns, rng: Rng) -> None:
    """blog is an alias of lantern.writers.example., and has no addresses here (RFC 1034, 3.6.2; brief)."""
    hint = "Only its host knows the blog's addresses: a CNAME, and its whole name with the last dot."
    await expect_records(dns, rng, "blog", "CNAME", ["lantern.writers.example."], hint=hint)


@check(proves=("NET-07", "NET-06"))
async def routes_the_mail(dns: Dns, rng: Rng) -> None:
    """Mail for lantern.test goes to mail1 first, then mail2, then mx.backupmail.example. (RFC 5321, 5.1; brief)."""
    routes = [f"10 mail1.{ORIGIN}.", f"20 mail2.{ORIGIN}.", "50 mx.backupmail.example."]
    await expect_records(dns, rng, "", "MX", routes, hint="10, 20 and 50, as in the brief: the lowest is tried first.")


@check(proves=("NET-07", "NET-06"))
async def gives_mail_servers_addresses(dns: Dns, rng: Rng) -> None:
    """mail1 and mail2 have addresses of their own, and are no aliases (RFC 2181, 10.3; brief)."""
    for name, addresses in (("mail1", ["192.0.2.25"]), ("mail2", ["198.51.100.25"])):
        for reply in await ask(dns, rng, name, "A"):
            with shown(reply):
                expect(", ".join(reply.data("CNAME")).lower() or "none", f"CNAME of {whole(name)}").equals(
                    "none", hint="The name in an MX record must have the address itself: an alias is not allowed there."
                )
        await expect_records(
            dns, rng, name, "A", addresses, hint="Who delivers mail asks for the server's address next."
        )
    await expect_records(dns, rng, "mail1", "AAAA", ["2001:db8:1::25"])
    await expect_bare(dns, rng, "mail2", ["AAAA"], hint="mail2 has IPv4 only.")


@check(proves=("NET-07", "NET-06"))
async def routes_mail_of_the_news(dns: Dns, rng: Rng) -> None:
    """Mail for news.lantern.test goes to mail1, and news has no address (RFC 5321, 5.1; brief)."""
    hint = "An MX belongs to one name: those of lantern.test are not those of news.lantern.test."
    await expect_records(dns, rng, "news", "MX", [f"10 mail1.{ORIGIN}."], hint=hint)
    await expect_bare(dns, rng, "news", ["A", "AAAA"], hint="A name with an MX needs no address of its own.")


@check(proves=("NET-07", "NET-06"))
async def refuses_mail_for_intra(dns: Dns, rng: Rng) -> None:
    """intra says that it takes no mail: one MX, of preference 0, to the empty name (RFC 7505, 3)."""
    hint = 'The empty name is written as a dot: "." Without an MX, mail is tried at the name\'s own address.'
    await expect_records(dns, rng, "intra", "MX", ["0 ."], hint=hint)


async def _expect_www(dns: Dns, rng: Rng, name: str) -> None:
    for type_, addresses in WWW.items():
        for reply in await ask(dns, rng, name, type_):
            with shown(reply):
                expect(said(reply, reply.data(type_)), f"{type_} that comes with the alias {whole(name)}").equals(
                    ", ".join(addresses)
                )
                expect_ttl(reply.answer, type_)
