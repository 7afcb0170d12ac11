// The process that keeps documents and serves them to peers. See README.md.

export { DocumentHoldings } from "./document_holdings.ts";
export {
  closeMsMax,
  connectionsMaxDefault,
  type ServeOptions,
  type Server,
  type ServerEvent,
  type ServerStatus,
  serve,
} from "./serve.ts";
export { type DocumentsReport, verifyDocuments } from "./verify_documents.ts";
