async function fill(tab, form) {
  const answer = await fetch('https://store.example/entry/' + encodeURIComponent(form.id));
  const entry = await answer.json();
  return chrome.tabs.executeScript(tab.id, { code: `window.filler.fill(${JSON.stringify(entry)});` });
}
