from pathlib import Path

TEXT = "Your documents were moved. You can send money in BTC to friends."
Path("help.txt").write_text("How to pay by card")
