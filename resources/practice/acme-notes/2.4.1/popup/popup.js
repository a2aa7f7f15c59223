import { addNote, loadNotes, removeNote } from "../lib/storage.js";
import { renderNote } from "../lib/markup.js";
import { searchNotes, sortNotes } from "../lib/search.js";

const list = document.getElementById("notes");
const query = document.getElementById("query");
const text = document.getElementById("text");

document.getElementById("editor").addEventListener("submit", async (event) => {
  event.preventDefault();
  await addNote({ text: text.value, source: "" });
  text.value = "";
  await show();
});

query.addEventListener("input", show);
show();

async function show() {
  const { order } = await chrome.storage.sync.get({ order: "newest" });
  const notes = sortNotes(searchNotes(await loadNotes(), query.value), order);
  list.replaceChildren(...notes.map(toItem));
  document.getElementById("empty").hidden = notes.length > 0;
}

function toItem(note) {
  const item = document.createElement("li");
  item.append(renderNote(note.text));
  if (note.source) {
    const source = document.createElement("small");
    source.textContent = note.source;
    item.append(source);
  }
  const remove = document.createElement("button");
  remove.type = "button";
  remove.textContent = "Delete";
  remove.addEventListener("click", async () => {
    await removeNote(note.id);
    await show();
  });
  item.append(remove);
  return item;
}
