// Documents that merge. See README.md.

export {
  type Bundle,
  type BundleSection,
  bundleSizeBytesMax,
  type DocumentId,
  decodeBundle,
  documentIdSizeBytesMax,
  encodeBundle,
  type HashedRun,
  joinBundles,
  parseDocumentId,
  runHashSizeBytes,
} from "./bundle/bundle.ts";
export {
  checkBundle,
  clipBundle,
  coalesceBundles,
  contradiction,
  sameContent,
} from "./bundle/bundle_content.ts";
export {
  containerNameSizeBytesMax,
  documentSizeBytesMax,
  keySizeBytesMax,
} from "./content/limits.ts";
export {
  decodeValue,
  encodeValue,
  type Value,
  valueDepthMax,
  valueSizeBytesMax,
} from "./content/value.ts";
export { type Cursor, decodeCursor, encodeCursor, type Side } from "./cursor.ts";
export {
  type Applied,
  type Change,
  type ChangeOptions,
  type DecodeOptions,
  Doc,
  type DocOptions,
  type EncodeOptions,
} from "./doc.ts";
export { wholeSizeBytes } from "./file/document_file.ts";
export type { DocVersion } from "./history/version_list.ts";
export { List, ListView } from "./list.ts";
export { type Conflict, MapContainer, MapView } from "./map_container.ts";
export type { ListEdit, ListPatch, MapPatch, Patch, TextEdit, TextPatch } from "./state/patch.ts";
export { Text, TextView } from "./text.ts";
export { undoStepsMax } from "./undo.ts";
export type { DocView } from "./view.ts";
