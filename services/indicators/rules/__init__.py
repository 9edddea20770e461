"""Pure decisions about numbers, one module an aggregate."""
