// Pages as files of one's own.

/** The sorts of files that a page can become. */
export type ExportFormat = "txt" | "md";

/** What is in the file: as text the page as it stands, as Markdown under its title. */
export function exportContent(format: ExportFormat, title: string, body: string): string {
  const ended = body === "" || body.endsWith("\n") ? body : `${body}\n`;
  if (format === "txt" || title === "") return ended;
  return `# ${title}\n\n${ended}`;
}

/** A name that every system takes. */
export function exportName(format: ExportFormat, title: string): string {
  const plain = [
    ...title
      .replace(/[\p{Cc}\\/:*?"<>|]+/gu, " ")
      .replace(/\s+/g, " ")
      .trim(),
  ];
  const stem = plain
    .slice(0, 80)
    .join("")
    .replace(/^\.+|[. ]+$/g, "");
  return `${stem === "" ? "Untitled" : stem}.${format}`;
}

/** Has the browser keep the page as a file. */
export function downloadPage(format: ExportFormat, title: string, body: string): void {
  const type = format === "md" ? "text/markdown" : "text/plain";
  const content = exportContent(format, title, body);
  const address = URL.createObjectURL(new Blob([content], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = address;
  link.download = exportName(format, title);
  link.click();
  // The browser has to begin before the address is given up.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
