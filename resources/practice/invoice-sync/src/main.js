"use strict";

const { loadSettings } = require("./settings");
const { listPaid } = require("./invoices");
const { upload } = require("./archive");

async function main() {
  const settings = loadSettings();
  for (const invoice of await listPaid(settings)) {
    await upload(settings, invoice);
    console.log(`archived ${invoice.number}`);
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
