// Finds notes that contain every word of the query, whatever the case.
export function searchNotes(notes, query) {
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) {
    return notes;
  }
  return notes.filter((note) => {
    const text = `${note.text} ${note.source || ""}`.toLocaleLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export function sortNotes(notes, order) {
  const sorted = [...notes];
  switch (order) {
    case "oldest":
      return sorted.sort((a, b) => a.made - b.made);
    case "source":
      return sorted.sort((a, b) => (a.source || "").localeCompare(b.source || ""));
    default:
      return sorted.sort((a, b) => b.made - a.made);
  }
}
