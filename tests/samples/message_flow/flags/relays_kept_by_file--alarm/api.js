const base = 'https://spell-service.example';
export const put = async (text) => {
  const x = new XMLHttpRequest();
  x.open('PUT', base + '/t');
  x.send(text);
};
