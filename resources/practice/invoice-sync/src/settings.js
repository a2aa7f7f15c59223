"use strict";

const fs = require("node:fs");
const path = require("node:path");

function loadSettings() {
  const file = path.join(__dirname, "..", "config", "settings.json");
  const settings = JSON.parse(fs.readFileSync(file, "utf8"));
  for (const name of ["region", "bucket", "invoices"]) {
    if (!settings[name]) {
      throw new Error(`config/settings.json: ${name} is missing`);
    }
  }
  return settings;
}

module.exports = { loadSettings };
