"""The pages of practice, a module each."""
