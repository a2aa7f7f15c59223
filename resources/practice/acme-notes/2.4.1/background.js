// Keeps the context menu and the badge in step with the stored notes.
import { addNote, countNotes } from "./lib/storage.js";

const MENU_ID = "acme-notes-keep";

chrome.runtime.onInstalled.addListener(async () => {
  chrome.contextMenus.create({
    id: MENU_ID,
    title: chrome.i18n.getMessage("menuKeepSelection"),
    contexts: ["selection"],
  });
  await showCount();
});

chrome.contextMenus.onClicked.addListener(async (info, tab) => {
  if (info.menuItemId !== MENU_ID || !info.selectionText) {
    return;
  }
  await addNote({ text: info.selectionText, source: tab ? tab.title : "" });
  await showCount();
});

chrome.storage.onChanged.addListener(showCount);

async function showCount() {
  const count = await countNotes();
  await chrome.action.setBadgeText({ text: count > 0 ? String(count) : "" });
}
