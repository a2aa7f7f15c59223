"use strict";

function split(text, separator) {
  return text.split(/\r?\n/).map((line) => line.split(separator).map((cell) => cell.trim()));
}

module.exports = { split };
