// Decisions as comma-separated text, RFC 4180, and as a file that the browser saves.

// columns: [{ name, text(t), numeric }]; one line per decision in `order`. Numbers need no quotes.
export function csvText(columns, order) {
  const lines = [columns.map(({ name }) => csvCell(name)).join(",")];
  for (const t of order) lines.push(columns.map(({ text, numeric }) => (numeric ? text(t) : csvCell(text(t)))).join(","));
  return `${lines.join("\r\n")}\r\n`;
}

// A text that a spreadsheet would run as a formula is kept a text; numbers keep their sign.
export function csvCell(value) {
  const text = /^[=+\-@\t\r]/.test(value) && !Number.isFinite(Number(value)) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function saveText(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000); // the browser reads it after the click
}
