throw new Error('inert sample');
console.log(eval(process.argv[2]));
