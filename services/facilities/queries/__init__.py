"""All SQL of this service, by aggregate."""
