import assert from "node:assert/strict";
import { test } from "node:test";
import { searchNotes, sortNotes } from "../lib/find.js";

const NOTES = [
  { text: "Buy bread", source: "Shop", made: 2 },
  { text: "Call the printer", source: "Office", made: 1 },
];

test("every word has to occur", () => {
  assert.deepEqual(searchNotes(NOTES, "buy SHOP"), [NOTES[0]]);
  assert.deepEqual(searchNotes(NOTES, "buy office"), []);
});

test("oldest first", () => {
  assert.equal(sortNotes(NOTES, "oldest")[0].made, 1);
});
