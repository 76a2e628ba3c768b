"""Questionnaires and milestones: loaded, recorded, looked at by a person where it presses."""
