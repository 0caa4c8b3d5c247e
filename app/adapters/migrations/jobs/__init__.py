"""Versions of the schema of jobs and webhooks."""
