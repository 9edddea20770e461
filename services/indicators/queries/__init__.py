"""All SQL of the service, by what it speaks of."""
