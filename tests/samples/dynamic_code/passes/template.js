// templates are compiled from text of the package itself
module.exports = function compile(source) {
  const body = 'with(data){return `' + source.replace(/`/g, '\\`') + '`}';
  return new Function('data', body);
};
