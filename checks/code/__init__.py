"""What source code does: one file a check, all of them on one reading of the syntax."""
