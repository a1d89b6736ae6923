"""Ada's ticket shop, with Django."""
