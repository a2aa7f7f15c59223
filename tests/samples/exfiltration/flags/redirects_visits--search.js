const shops = { 'www.shop.example': 'affid' };
function listener(details) {
  const at = new URL(details.url);
  const key = shops[at.hostname];
  if (!key || at.searchParams.has(key)) return {};
  at.searchParams.set(key, 'q-100');
  return { redirectUrl: at.href };
}
chrome.webRequest.onBeforeRequest.addListener(listener, { urls: ['<all_urls>'] }, ['blocking']);
