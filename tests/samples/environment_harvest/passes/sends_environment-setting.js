const setting = (name, other) => process.env[name] || other;
fetch(setting('SERVICE_URL', 'https://service.example'), { method: 'POST', body: setting('REGION', 'eu') });
