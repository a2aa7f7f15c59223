export function show(words) {
  chrome.action.setBadgeText({ text: String(words) });
}
