"""Fills the shop with products, and lets checks hold a write back in the moment of its commit."""

from collections.abc import Iterator

from kit import CATALOGUE, COMMIT_GATE

from firsthand.core.randomness import Rng

WORDS = ("lamp", "mug", "chair", "kettle", "scarf", "notebook", "bell", "rug", "teapot", "clock", "basket", "mirror")

GATE = f"""
CREATE FUNCTION wait_at_the_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared({COMMIT_GATE});
    RETURN NULL;
END;
$$;
CREATE CONSTRAINT TRIGGER wait_at_the_gate AFTER INSERT OR UPDATE OR DELETE ON products
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_at_the_gate();
"""


def statements(rng: Rng) -> Iterator[str]:
    """The SQL, the products in one statement."""
    rows = ", ".join(
        f"('{rng.choice(WORDS)} {rng.token()}', {rng.integer(1, 99_999)}, {rng.integer(0, 999)})"
        for _ in range(CATALOGUE)
    )
    yield f"INSERT INTO products (name, price_cents, stock) VALUES {rows}"
    yield GATE
