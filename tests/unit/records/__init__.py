"""The pure modules of services/records."""
