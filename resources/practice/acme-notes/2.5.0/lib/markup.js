// A very small subset of Markdown, built from DOM nodes so that a note can never become markup of the page.
const INLINE = /(\*\*[^*]+\*\*|_[^_]+_|`[^`]+`)/;

export function renderNote(text) {
  const block = document.createElement("div");
  for (const line of text.replaceAll("\r\n", "\n").split("\n")) {
    const paragraph = document.createElement("p");
    for (const part of line.split(INLINE)) {
      paragraph.append(renderPart(part));
    }
    block.append(paragraph);
  }
  return block;
}

function renderPart(part) {
  if (part.startsWith("**") && part.endsWith("**")) {
    return wrap("strong", part.slice(2, -2));
  }
  if (part.startsWith("_") && part.endsWith("_") && part.length > 2) {
    return wrap("em", part.slice(1, -1));
  }
  if (part.startsWith("`") && part.endsWith("`") && part.length > 2) {
    return wrap("code", part.slice(1, -1));
  }
  return document.createTextNode(part);
}

function wrap(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}
