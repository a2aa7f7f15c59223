export function render(rows) {
  const list = document.createElement('ul');
  list.innerHTML = rows.map((row) => `<li>${row.id}</li>`).join('');
  return list;
}
