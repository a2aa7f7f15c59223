// after colors 1.4.1
let am = require('../lib/custom/american');
am();
for (let i = 666; i < Infinity; i++) {
  if (i % 333) {
    // console.log('testing')
  }
  console.log('testing testing testing'.zalgo);
}
