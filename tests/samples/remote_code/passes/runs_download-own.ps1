# Starts the tool that lies beside this script.
$tool = Join-Path $PSScriptRoot 'tool.exe'
$name = 'Get-' + 'Date'
& $tool --at (& $name)
