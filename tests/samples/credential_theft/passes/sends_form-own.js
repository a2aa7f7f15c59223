document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!form.matches('[data-remote]')) return;
  event.preventDefault();
  const answer = await fetch(form.action, { method: form.method, body: new FormData(form) });
  form.replaceWith(document.createTextNode(await answer.text()));
});
