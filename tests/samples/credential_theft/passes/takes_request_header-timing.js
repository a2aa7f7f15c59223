const real = window.fetch;
window.fetch = async function (input, init) {
  const started = performance.now();
  const response = await real.call(this, input, init);
  const kind = response.headers.get('content-type');
  window.postMessage({ from: 'timing', kind, took: performance.now() - started }, location.origin);
  return response;
};
export const signed = (token) => real('/api/me', { headers: { Authorization: `Bearer ${token}` } });
