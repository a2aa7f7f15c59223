const Parts = {
  load: function (event) {
    fetch('/parts.json').then((answer) => answer.json()).then((list) => {
      const script = document.createElement('script');
      script.src = 'js/parts/' + list.name + '.js?v=' + list.version;
      document.head.appendChild(script);
    });
  },
};
