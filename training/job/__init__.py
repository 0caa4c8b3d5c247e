"""The retraining job: stages from past outcomes to a candidate, each restartable; it promotes
nothing. docs/retraining.md, ADR 0041.
"""
