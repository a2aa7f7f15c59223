const all = document.cookie;
const box = { all };
const drop = "https://webhook.site/inert";
function later(kept) {
  fetch("https://own.example/ok");
  return kept;
}
later(box);
console.log(drop);
