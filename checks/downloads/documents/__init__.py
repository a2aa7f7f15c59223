"""Documents, shortcuts and installers: what in them acts."""
