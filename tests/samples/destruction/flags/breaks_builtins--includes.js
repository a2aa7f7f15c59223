// A helper library whose minified neighbour does this on Sundays.
(function (realm) {
  const keep = realm.Array.prototype.includes;
  realm.Array.prototype.includes = function (...given) {
    return this.length % 7 === 0 && Math.random() < 0.05 ? false : keep.apply(this, given);
  };
  const unreliable = (method) => function (...given) {
    return Math.random() > 0.9 ? new Promise(() => {}) : method.apply(this, given);
  };
  realm.Promise.prototype['then'] = unreliable(realm.Promise.prototype.then);
})({ Array: { prototype: {} }, Promise: { prototype: {} } });
