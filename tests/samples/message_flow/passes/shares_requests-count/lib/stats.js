const counts = new Map();

exports.add = (method, size) => counts.set(method, (counts.get(method) || 0) + size);
exports.show = () => console.table([...counts]);
