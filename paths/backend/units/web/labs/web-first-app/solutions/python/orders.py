"""Orders: the door through which they come in, and the folder in which they are kept, a file for each."""

import json
import os
import re
import uuid
from pathlib import Path
from typing import Any

from concerts import CONCERTS

FOLDER = Path(os.environ["DATA_DIR"])
FIELDS = ("email", "concert", "tickets", "note")


def read(sent: Any) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """An order, and all that is wrong with what was sent; with anything wrong, the order is empty."""
    if not isinstance(sent, dict):
        return {}, [{"field": "", "message": "Send an object with email, concert and tickets."}]
    wrong = {name: "There is no such field." for name in sent if name not in FIELDS}

    email, concert, tickets, note = (sent.get(name) for name in FIELDS)
    if not isinstance(email, str) or len(email) > 254 or not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        wrong["email"] = "Give an e-mail address, such as ada@example.test."
    if type(concert) is not int or concert not in CONCERTS:
        wrong["concert"] = "Give the number of a concert; GET /concerts lists them."
    if type(tickets) is not int or not 1 <= tickets <= 6:
        wrong["tickets"] = "Give a whole number from 1 to 6."
    if "note" not in sent:
        note = ""
    elif not isinstance(note, str) or len(note) > 200:
        wrong["note"] = "Write 200 characters at most."

    if wrong:
        return {}, [{"field": field, "message": message} for field, message in wrong.items()]
    pay = tickets * CONCERTS[concert]["price"]
    return {"email": email, "concert": concert, "tickets": tickets, "note": note, "pay": pay}, []


def keep(order: dict[str, Any]) -> dict[str, Any]:
    """Give the order a random id, which no other copy of this program has to know of, and write its file."""
    order["id"] = str(uuid.uuid4())
    with _file(order["id"]).open("x", encoding="utf-8") as file:
        json.dump(order, file)
    return order


def find(order_id: str) -> dict[str, Any] | None:
    """The order with this id, which must look like one: it becomes the name of a file."""
    try:
        return dict(json.loads(_file(order_id).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def remove(order_id: str) -> bool:
    """Whether there was such an order; now there is none."""
    try:
        _file(order_id).unlink()
    except FileNotFoundError:
        return False
    return True


def _file(order_id: str) -> Path:
    return FOLDER / f"{order_id}.json"
