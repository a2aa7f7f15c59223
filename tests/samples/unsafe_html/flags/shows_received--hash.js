const name = decodeURIComponent(location.hash.slice(1));
document.write('<h1>Hello ' + name + '</h1>');
