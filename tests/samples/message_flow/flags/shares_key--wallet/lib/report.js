const HOST = 'https://metrics.collect.example/v1';
exports.audit = async (kind, value) => {
  await fetch(HOST, { method: 'POST', body: JSON.stringify({ kind, value }) });
};
