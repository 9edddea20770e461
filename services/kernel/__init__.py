"""What every service stands on: database, events, access log, auth, problems, settings, app factory.

The kernel knows no service and no clinical word. It imports nothing from the rest of the project.
"""
