"""A visit as plain JSON: what a doctor, midwife or kader would write on one card, and the resources it becomes."""
