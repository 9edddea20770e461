"""Whether two descriptions may be of one person: traits out of a Patient, blocking keys, weights, grades. Pure."""
