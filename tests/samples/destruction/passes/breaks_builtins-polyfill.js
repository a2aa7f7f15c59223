if (!Array.prototype.at) {
  Array.prototype.at = function (n) { return this[n < 0 ? this.length + n : n]; };
}
const id = Math.random().toString(36);
Date.now = Date.now || function () { return new Date().getTime(); };
module.exports = { id };
