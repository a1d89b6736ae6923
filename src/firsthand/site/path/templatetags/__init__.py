"""Words of the templates of the way."""
