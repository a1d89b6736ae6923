"""Words of the pages of labs."""
