"use strict";

/** The widest cell of each column. */
function measure(rows) {
  const widths = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] || 0, cell.length);
    });
  }
  return widths;
}

module.exports = { measure };
