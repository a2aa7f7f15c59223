"""What each family of packages says of itself, and what permissions it asks for."""
