"""The way: map, units, lessons, courses, glossary, search."""
