"""Connections to the database, shared by all threads."""

import os

from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

pool = ConnectionPool(
    os.environ["DATABASE_URL"],
    min_size=10,
    max_size=10,
    timeout=1.5,  # whoever gets no connection in this time is told so: 503
    check=ConnectionPool.check_connection,  # one that broke meanwhile is replaced before anybody uses it
    kwargs={"row_factory": dict_row, "autocommit": True},
)
