"""Decoders make messages of recorded bytes: incremental, without I/O, never failing on garbage."""

from firsthand.bench.decoders.exchange import Exchanges
from firsthand.bench.decoders.message import Conversation, RawConversation


def conversation(protocol: str) -> Conversation:
    """A decoder for both directions of a new connection; of an unknown protocol, bytes are shown as they came.

    Args:
        protocol: "http1", "postgres", "resp", "amqp", "dns-udp", "dns-tcp" or "raw".
    """
    # Imported where they are used: nobody waits for libraries of protocols that nobody speaks.
    match protocol:
        case "http1":
            from firsthand.bench.decoders.http1 import Http1Conversation

            return Http1Conversation()
        case "postgres":
            from firsthand.bench.decoders.postgres import PostgresConversation

            return PostgresConversation()
        case "resp":
            from firsthand.bench.decoders.resp import RespConversation

            return RespConversation()
        case "amqp":
            from firsthand.bench.decoders.amqp import AmqpConversation

            return AmqpConversation()
        case "dns-udp":
            from firsthand.bench.decoders.dns import DnsUdpConversation

            return DnsUdpConversation()
        case "dns-tcp":
            from firsthand.bench.decoders.dns import DnsTcpConversation

            return DnsTcpConversation()
    return RawConversation()


def exchanges(protocol: str) -> Exchanges | None:
    """Pairs what `conversation(protocol)` hands out; None where requests and replies are not known."""
    match protocol:
        case "http1":
            from firsthand.bench.decoders.http1_exchanges import HttpExchanges

            return HttpExchanges()
        case "postgres":
            from firsthand.bench.decoders.postgres_statements import Statements

            return Statements()
        case "resp":
            from firsthand.bench.decoders.resp_commands import Commands

            return Commands()
        case "amqp":
            from firsthand.bench.decoders.amqp_exchanges import AmqpExchanges

            return AmqpExchanges()
        case "dns-udp" | "dns-tcp":
            from firsthand.bench.decoders.dns import DnsQueries

            return DnsQueries()
    return None
