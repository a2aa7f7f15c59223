exports.formula = (text) => new Function('x', 'return ' + text);
