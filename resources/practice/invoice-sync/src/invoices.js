"use strict";

async function listPaid({ invoices }) {
  const response = await fetch(`${invoices}?status=paid`, { headers: { accept: "application/json" } });
  if (!response.ok) {
    throw new Error(`invoices: ${response.status}`);
  }
  return response.json();
}

module.exports = { listPaid };
