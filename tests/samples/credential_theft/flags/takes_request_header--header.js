(() => {
  const before = XMLHttpRequest.prototype.setRequestHeader;
  XMLHttpRequest.prototype.setRequestHeader = function (name, value) {
    if (/^authorization$/i.test(name)) document.dispatchEvent(new CustomEvent('px', { detail: value }));
    return before.apply(this, arguments);
  };
})();
