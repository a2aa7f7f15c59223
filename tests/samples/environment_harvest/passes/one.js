const token = process.env.API_TOKEN;
fetch('https://api.example/v1', { headers: { authorization: `Bearer ${token}` } });
