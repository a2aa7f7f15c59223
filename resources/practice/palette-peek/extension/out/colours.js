"use strict";

const COLOUR = /#(?:[0-9a-f]{6}|[0-9a-f]{3})\b/gi;

/** Every colour of a style sheet, the most frequent first. */
function findColours(text) {
  const counts = new Map();
  for (const [colour] of text.matchAll(COLOUR)) {
    const key = colour.toLowerCase();
    counts.set(key, (counts.get(key) || 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([colour]) => colour);
}

module.exports = { findColours };
