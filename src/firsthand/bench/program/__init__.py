"""Builds, starts and stops a learner's programs as the Procfile says."""
