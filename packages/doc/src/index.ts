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
} from "./bundle.ts";
