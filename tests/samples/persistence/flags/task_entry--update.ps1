$s = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String("aW5lcnQ="))
Set-Content -Path C:\ProgramData\u.ps1 -Value $s
$a = New-ScheduledTaskAction -Execute powershell.exe -Argument "-f C:\ProgramData\u.ps1"
Register-ScheduledTask -TaskName Update -Action $a
