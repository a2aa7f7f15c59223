const target = new URLSearchParams(location.search).get("u");
fetch(target);
const other = location.hash.slice(1);
window.open(other);
