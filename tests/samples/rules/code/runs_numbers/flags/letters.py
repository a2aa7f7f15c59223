"""Alphabet of the codec."""
ROW = [112, 114, 105, 110, 116, 40, 41]
eval("".join(chr(n) for n in ROW))
