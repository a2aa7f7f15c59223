"""Machine code: PE, ELF and Mach-O, and what speaks against it."""
