"""The kinds of real servers that a lab may name, and the variables that lead a program to each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ServerKind:
    """What learners and authors know of a kind of server."""

    name: str
    title: str
    variable: str = ""
    """The environment variable that holds its address for a program; none where a configuration is the subject."""
    about: str = ""
    takes_sql: bool = False
    """Whether a lab may give it a schema and data."""


KINDS: dict[str, ServerKind] = {
    kind.name: kind
    for kind in (
        ServerKind("postgres", "PostgreSQL", "DATABASE_URL", "the PostgreSQL database, as a URL", takes_sql=True),
        ServerKind("redis", "Redis", "REDIS_URL", "the Redis server, as a URL"),
        ServerKind("nginx", "nginx"),
        ServerKind("rabbitmq", "RabbitMQ", "AMQP_URL", "the RabbitMQ broker, as a URL"),
        ServerKind("mariadb", "MariaDB", "MYSQL_URL", "the MariaDB database, as a URL", takes_sql=True),
        ServerKind("dns", "DNS server"),
    )
}
