"""Stage 4: texts that other people's machines read."""

from kit import ask, dot_remark, expect_ttl, said, shown, whole

from firsthand.lab import Dns, Rng, check, expect

SPF = "v=spf1 mx ip4:203.0.113.0/28 include:spf.senders.example -all"
OWNER = "search-owner=Lantern-7Q4f; renewed 2026"
DMARC = "v=DMARC1; p=quarantine; rua=mailto:dmarc@lantern.test"
NO_MAIL = "v=spf1 -all"
DKIM = (
    "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAkMquzN2NyUmhfIxUVR8JxjJy6AqDbzZw4gAnfT"
    "xiJivn2/EFw8gRkGUAJOk6gIzk5eGz4zm1seymtd2D37Uwj/PX2Zh331CcqhQ4/ETq66qPSQNEa7kkz99rx5RdQac/B9zMuTyd8E"
    "2YfhTGRD8XitXOXJcv7rdedkplPCoIrfSuySgzcW2vHSK50YeVdriY2JH7swTQBbveujjtIJV9WmSJT+d2X2sda04viGoEU1dmkK"
    "749gjIK5WTDCN2nYDOodxTSVigyN89RfObZPHlHtj3th+V7+M0LiHoCPhqP0sNzBUHDkSVWSJ4U54dkAf+9kElrxYLS8fJSn3AGM"
    "q2AQIDAQAB"
)
STRING_BYTES_MAX = 255


@check(proves=("NET-07", "NET-06"))
async def says_who_sends_mail(dns: Dns, rng: Rng) -> None:
    """One text of lantern.test begins with v=spf1, and it is the one of the brief (RFC 7208, 3.2 and 3.3)."""
    for reply in await ask(dns, rng, "", "TXT"):
        got = [text for text in reply.texts() if text.lower().startswith("v=spf1")]
        with shown(reply):
            expect(len(got), "texts of lantern.test that begin with v=spf1").equals(
                1, hint="There must be one. With two of them receivers take none: put all of it into one."
            )
            expect(got[0], "the text that begins with v=spf1").equals(SPF, hint=why(got[0], SPF))
            expect_ttl(reply.answer, "TXT")


@check(proves=("NET-07", "NET-06"))
async def proves_the_domain_is_ours(dns: Dns, rng: Rng) -> None:
    """The search engine's text is a record of lantern.test of its own, and there is no third one (brief)."""
    for reply in await ask(dns, rng, "", "TXT"):
        got = [text for text in reply.texts() if not text.lower().startswith("v=spf1")]
        with shown(reply):
            expect(quoted(got), "the other texts of lantern.test").equals(
                quoted([OWNER]), hint=why("".join(got), OWNER)
            )


@check(proves=("NET-07", "NET-06"))
async def says_what_to_do_with_forgeries(dns: Dns, rng: Rng) -> None:
    """_dmarc.lantern.test has one text, the policy of the brief (RFC 7489, 6.1 and 6.3)."""
    await expect_text(dns, rng, "_dmarc", DMARC, "Receivers ask for _dmarc below the domain, with its underscore.")


@check(proves=("NET-07", "NET-06"))
async def publishes_the_long_key(dns: Dns, rng: Rng) -> None:
    """The strings of m2026._domainkey, put together, are the text of dkim.txt (RFC 6376, 3.6.2.2; RFC 1035, 3.3.14)."""
    await expect_text(dns, rng, "m2026._domainkey", DKIM, "One record, of several strings: each in quotes of its own.")


@check(proves=("NET-07", "NET-06"))
async def sends_no_mail_from_intra(dns: Dns, rng: Rng) -> None:
    """intra says by its one text that nobody sends mail as it: v=spf1 -all (RFC 7208, 10.1.2; brief)."""
    await expect_text(dns, rng, "intra", NO_MAIL, "What is said for lantern.test does not hold for names below it.")


async def expect_text(dns: Dns, rng: Rng, name: str, wanted: str, hint: str) -> None:
    """The name has this text and no other, in however many strings."""
    for reply in await ask(dns, rng, name, "TXT"):
        got = reply.texts()
        remark = why("".join(got), wanted) if got else await dot_remark(dns, name, "TXT", got, [wanted])
        with shown(reply):
            expect(quoted(got) if got else said(reply), f"texts of {whole(name)}").equals(
                quoted([wanted]), hint=remark or hint
            )
            expect_ttl(reply.answer, "TXT")


def quoted(texts: list[str]) -> str:
    """The texts in quotes, so that one sees where each ends."""
    return " and ".join(f"'{text}'" for text in texts) or "none"


def why(got: str, wanted: str) -> str:
    """A remark about a text that is not the wanted one, where its mistake is a common one."""
    if got == wanted:
        return ""
    if got == "".join(wanted.split()):
        return "Without quotes each word is a string, and strings are put together without blanks."
    if got and got == wanted.partition(";")[0].rstrip():
        return "Outside of quotes a semicolon begins a comment: put the text in double quotes."
    if got.startswith("'"):
        return (
            "Only double quotes hold a text together. A single one is a letter like others, and `;` begins a comment."
        )
    if len(got) > len(wanted) and got.startswith(wanted):
        return "More follows in the same record, whose strings are put together: another text is another TXT record."
    if "".join(got.split()) == "".join(wanted.split()):
        return "Blanks differ. Strings are put together as they are: a blank at the end of one stays in the text."
    if len(wanted) > STRING_BYTES_MAX and wanted.startswith(got):
        return f"The end is missing: {len(got)} of {len(wanted)} bytes are there. Let further strings follow."
    return ""
