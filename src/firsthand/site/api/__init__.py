"""The JSON interface below /api/v1: what the pages and an editor need. Its document is /api/v1/openapi.json."""
