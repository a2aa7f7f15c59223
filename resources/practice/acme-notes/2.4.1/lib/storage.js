// Notes live in the browser's own storage and nowhere else.
const KEY = "notes";
export const LIMIT = 500;

export async function loadNotes() {
  const stored = await chrome.storage.local.get(KEY);
  return Array.isArray(stored[KEY]) ? stored[KEY] : [];
}

export async function countNotes() {
  return (await loadNotes()).length;
}

export async function addNote({ text, source }) {
  const notes = await loadNotes();
  notes.unshift({ id: crypto.randomUUID(), text: text.trim(), source, made: Date.now() });
  await chrome.storage.local.set({ [KEY]: notes.slice(0, LIMIT) });
}

export async function removeNote(id) {
  const notes = await loadNotes();
  await chrome.storage.local.set({ [KEY]: notes.filter((note) => note.id !== id) });
}
