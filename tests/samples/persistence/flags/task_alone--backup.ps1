$a = New-ScheduledTaskAction -Execute backup.exe
Register-ScheduledTask -TaskName Backup -Action $a
