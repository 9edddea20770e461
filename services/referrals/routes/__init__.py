"""HTTP only, by aggregate."""
