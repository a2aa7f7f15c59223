// Sorts the tabs of the window in front when the popup asks for it.
importScripts("vendor/sort.min.js", "vendor/insights.min.js");

chrome.runtime.onMessage.addListener((message, sender, answer) => {
  if (message !== "tidy") return false;
  tidy().then(answer);
  return true;
});

async function tidy() {
  const tabs = await chrome.tabs.query({ currentWindow: true, pinned: false });
  const sorted = sortByTitle(tabs);
  for (const [index, tab] of sorted.entries()) await chrome.tabs.move(tab.id, { index });
  return sorted.length;
}
