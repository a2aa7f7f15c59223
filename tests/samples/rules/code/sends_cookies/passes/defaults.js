// the page's own server leaves the settings of the client in a cookie of a known name
function defaults() {
  const found = document.cookie.match(/__CLIENT_DEFAULTS__=([^;]+)/);
  return found ? JSON.parse(atob(found[1])) : {};
}
async function ping() {
  const { host } = defaults();
  return (await fetch(`https://${host}/ping`, { credentials: "include" })).ok;
}
export { ping };
