"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { align } = require("..");

test("columns start at the same place", () => {
  assert.equal(align("a\tb\nlong\tc"), "a     b\nlong  c");
});
