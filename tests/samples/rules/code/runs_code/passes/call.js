exports.formula = (action) => (x) => action(x);
