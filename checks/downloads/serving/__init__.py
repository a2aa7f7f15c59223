"""How a file is handed out by signed addresses."""
