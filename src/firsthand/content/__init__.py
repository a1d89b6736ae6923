"""Reads and lints paths: units, competencies, lessons, courses and labs, strictly, from any number of roots."""
