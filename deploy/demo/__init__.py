"""The demo: a synthetic district (Kepulauan Meranti), its people, their year of care, the story it plays.

Names of areas are those of the official register; facility numbers, doctors, people, NIK and visits are made
up by seed. Nothing here is imported by a service.
"""
