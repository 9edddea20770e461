"""Pure decisions of the JKN service, one module an aggregate."""
