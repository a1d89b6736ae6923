"""Stage 5: parts of the zone that other people's name servers have."""

from kit import DAY_S, ORIGIN, ask, dot_remark, expect_referral, expect_ttl, shown, whole

from firsthand.lab import Dns, Rng, check, expect

LAB = (f"ns1.lab.{ORIGIN}.", f"ns2.lab.{ORIGIN}.")
GLUE = {"ns1.lab": ["192.0.2.153", "2001:db8:1::153"], "ns2.lab": ["198.51.100.153"]}


@check(proves=("NET-07", "NET-06"))
async def refers_to_the_lab(dns: Dns, rng: Rng) -> None:
    """Questions about lab and names below it are referred to its two name servers, for 1 day (RFC 1034, 4.2.1)."""
    hint = "A part is given away by NS records of its name, one for each of its name servers, 1d."
    for name in ("lab", f"{rng.token()}.lab", f"{rng.token()}.{rng.token()}.lab"):
        await expect_referral(dns, rng, name, "lab", LAB, hint)


@check(proves=("NET-07", "NET-06"))
async def brings_the_glue(dns: Dns, rng: Rng) -> None:
    """A referral to the lab brings its name servers' addresses along (RFC 1034, 4.2.1; RFC 9471, 2.1)."""
    hint = "Who is sent to a name server inside lab cannot ask there for its address: our zone has to say it, too."
    for reply in await ask(dns, rng, f"{rng.token()}.lab", "A"):
        for name, addresses in GLUE.items():
            there = [record for record in reply.additional if record.name.lower() == f"{whole(name)}."]
            got = sorted(record.data for record in there)
            remark = hint if got else await dot_remark(dns, name, "A", got, addresses) or hint
            with shown(reply):
                expect(", ".join(got) or "none", f"addresses of {whole(name)} that come with the referral").equals(
                    ", ".join(addresses), hint=remark
                )
                for type_ in ("A", "AAAA"):
                    expect_ttl(there, type_, DAY_S)


@check(proves=("NET-07", "NET-06"))
async def refers_to_the_hosting(dns: Dns, rng: Rng) -> None:
    """Questions about eu and names below it are referred to ns1 and ns2.hosting.example. (RFC 1034, 4.2.1)."""
    hint = "NS records again. These name servers are outside of our zone, so that their addresses are not ours to say."
    for name in ("eu", f"www.{rng.token()}.eu"):
        await expect_referral(dns, rng, name, "eu", ("ns1.hosting.example.", "ns2.hosting.example."), hint)


@check(proves=("NET-07", "NET-06"))
async def refers_below_the_star(dns: Dns, rng: Rng) -> None:
    """tours.bikes is the lab's too, although *.bikes answers for names beside it (RFC 4592, 2.2.1 and 4.2)."""
    hint = "NS records for tours.bikes: a name that is there comes before the star, with all that is below it."
    for name in ("tours.bikes", f"{rng.token()}.tours.bikes"):
        await expect_referral(dns, rng, name, "tours.bikes", LAB, hint)
    for reply in await ask(dns, rng, f"tours{rng.token()}.bikes", "A"):
        with shown(reply):
            expect(reply.data("A"), "A of a bicycle beside tours").equals(["192.0.2.90"])
