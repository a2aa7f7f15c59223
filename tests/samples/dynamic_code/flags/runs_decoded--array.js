const letters = (text) => Buffer.from(text, 'base64').toString();
const made = [].filter.constructor(letters('Y29uc29sZS5sb2coIngiKQ=='));
made();
