"""How the tables of many learners came to be what they are."""
