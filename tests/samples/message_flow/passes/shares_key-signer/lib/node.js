exports.broadcast = (signed) => fetch('https://node.example/send', { method: 'POST', body: signed });
