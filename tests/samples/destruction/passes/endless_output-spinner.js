const next = require('./frames');
exports.spin = async () => {
  while (true) {
    console.log(await next());
  }
};
exports.count = (n) => {
  while (n >= 0) {
    console.log(n);
    n -= 1;
  }
};
exports.step = () => {
  for (;;) {
    next.advance();
  }
};
