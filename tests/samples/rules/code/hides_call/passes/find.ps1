# Lists the commands of a module.
Get-Command *item* | Sort-Object Name
$found = Get-Command -Name "git*"
Invoke-WebRequest https://example.org/list.txt -OutFile list.txt
