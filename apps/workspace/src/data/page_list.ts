// The list of pages: what the document `workspace` says of each.
//
// One map holds all of it, with a key for each thing that can change by itself:
// `<page>.title`, `<page>.createdAt`, `<page>.deletedAt`. Of two values set to one key at
// once, one wins; so a rename and a delete that did not know of each other are both kept.

import type { DocumentHandle } from "@holdfast/client";
import type { Doc } from "@holdfast/doc";

/** The document that lists the pages. */
export const workspaceDocument = "workspace";

/** The longest title, in UTF-16 units. */
export const titleLengthMax = 200;

const container = "pages";
const idShape = /^[0-9A-Za-z]{22}$/;
const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** What the list shows of a page. */
export interface PageSummary {
  readonly id: string;
  /** Empty where nobody named it yet. */
  readonly title: string;
  readonly createdAtMs: number;
  readonly isDeleted: boolean;
}

/** Tells whether `id` has the shape of a page's name; not whether there is one. */
export function isPageId(id: string): boolean {
  return idShape.test(id);
}

/** A name for a new page: 128 random bits. */
export function newPageId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let number = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  let id = "";
  for (let count = 0; count < 22; count += 1) {
    id = digits[Number(number % 62n)] + id;
    number /= 62n;
  }
  return id;
}

/** The pages that are not deleted: those without a title first, the newest in front; then by title. */
export function listPages(doc: Doc): readonly PageSummary[] {
  const pages = allPages(doc).filter(({ isDeleted }) => !isDeleted);
  return pages.sort((a, b) => {
    if ((a.title === "") !== (b.title === "")) return a.title === "" ? -1 : 1;
    if (a.title === "") return b.createdAtMs - a.createdAtMs;
    return compareTitles(a.title, b.title) || (a.id < b.id ? -1 : 1);
  });
}

/** One page, deleted or not; null where the list does not have it. */
export function findPage(doc: Doc, id: string): PageSummary | null {
  const map = doc.map(container);
  const createdAt = map.get(`${id}.createdAt`);
  if (createdAt === undefined) return null;
  const title = map.get(`${id}.title`);
  return {
    id,
    title: typeof title === "string" ? title.slice(0, titleLengthMax) : "",
    createdAtMs: typeof createdAt === "number" ? createdAt : 0,
    isDeleted: map.get(`${id}.deletedAt`) !== undefined,
  };
}

/** Tells whether two lists show the same. */
export function isSameList(
  a: readonly PageSummary[] | undefined,
  b: readonly PageSummary[] | undefined,
): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((page, index) => isSamePage(page, b[index]!));
}

/** Tells whether two pages show the same. */
export function isSamePage(
  a: PageSummary | null | undefined,
  b: PageSummary | null | undefined,
): boolean {
  if (a == null || b == null) return a === b;
  return a.id === b.id && a.title === b.title && a.isDeleted === b.isDeleted;
}

/** Adds a page without a title. */
export function addPage({ doc }: DocumentHandle, id: string): void {
  doc.map(container).set(`${id}.createdAt`, Date.now());
}

/** Names a page. */
export function renamePage({ doc }: DocumentHandle, id: string, title: string): void {
  const clipped = title.slice(0, titleLengthMax).toWellFormed();
  if (doc.map(container).get(`${id}.title`) === clipped) return;
  doc.map(container).set(`${id}.title`, clipped);
}

/** Takes a page off the list; its text stays where it is. */
export function deletePage({ doc }: DocumentHandle, id: string): void {
  doc.map(container).set(`${id}.deletedAt`, Date.now());
}

/** Puts a deleted page back on the list. */
export function restorePage({ doc }: DocumentHandle, id: string): void {
  doc.map(container).delete(`${id}.deletedAt`);
}

const compareTitles = new Intl.Collator(undefined, { numeric: true }).compare;

function allPages(doc: Doc): PageSummary[] {
  const ids = doc
    .map(container)
    .keys()
    .filter((key) => key.endsWith(".createdAt"))
    .map((key) => key.slice(0, -".createdAt".length))
    .filter(isPageId);
  return ids.map((id) => findPage(doc, id)!);
}
