throw new Error('inert sample');
chrome.storage.local.get('rules', ({ rules }) => {
  for (const rule of rules || []) {
    const script = document.createElement('script');
    script.textContent = rule.code;
    document.documentElement.appendChild(script);
  }
});
