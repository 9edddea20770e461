"""HTTP only: addresses, parameters, roles."""
