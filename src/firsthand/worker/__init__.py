"""Claims runs that pages asked for and has the bench perform them."""
