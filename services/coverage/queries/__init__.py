"""All SQL of the JKN service, one module an aggregate."""
