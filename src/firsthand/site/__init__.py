"""The site: pages on which a learner finds the way, learns, and sees what labs say. Django, from the server."""
