"""The window: the only place that imports Qt. Everything it shows comes from `app.desk`."""
