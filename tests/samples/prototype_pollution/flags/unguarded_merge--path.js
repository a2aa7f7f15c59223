exports.setPath = function (object, path, value) {
  const parts = path.split('.');
  let at = object;
  for (let i = 0; i < parts.length - 1; i++) {
    at = at[parts[i]] = at[parts[i]] || {};
  }
  at[parts[parts.length - 1]] = value;
};
