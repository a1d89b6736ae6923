"""Words of all templates."""
