"""The pages of labs, a file for each group of them."""
