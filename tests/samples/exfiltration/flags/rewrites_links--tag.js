for (const link of document.links) {
  const at = new URL(link.href);
  if (!/amazon\./.test(at.hostname)) continue;
  at.searchParams.set('tag', 'helper-20');
  link.href = at.toString();
}
