"use strict";

const { measure } = require("./lib/width");
const { split } = require("./lib/split");
require("./dist/runtime.min.js");

/** Aligns the columns of `text`; columns are parted by `separator` (a tab unless told). */
function align(text, { separator = "\t", gap = 2 } = {}) {
  const rows = split(text, separator);
  const widths = measure(rows);
  return rows
    .map((row) => row.map((cell, i) => cell.padEnd(i + 1 < row.length ? widths[i] + gap : 0)).join(""))
    .join("\n");
}

module.exports = { align };
