for (const link of document.querySelectorAll('a[href]')) {
  const at = new URL(link.href);
  for (const name of [...at.searchParams.keys()]) if (name.startsWith('utm_')) at.searchParams.delete(name);
  link.href = at.toString();
}
