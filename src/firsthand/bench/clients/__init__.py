"""The graders' own clients: they record what they say and hear, and a hostile program cannot hold or hurt them."""
