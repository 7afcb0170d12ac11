// The process that keeps documents and serves them to peers. See README.md.

export { DocumentHoldings } from "./document_holdings.ts";
export { type StoreGateway, type StoreGatewayOptions, serveStore } from "./kv/store_gateway.ts";
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
