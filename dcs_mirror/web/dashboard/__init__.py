"""The dashboard: pages for librarians and their IT, made by the service itself."""
