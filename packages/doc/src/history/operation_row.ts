// A row of the operation log, or a part of one, as an object: for all but the hottest paths.

/** What the events `start` up to, not including, `end` do. Shapes as in operation.ts. */
export type OperationRow =
  | {
      readonly type: "insert";
      readonly start: number;
      readonly end: number;
      readonly container: string;
      readonly at: number;
      /** Where what the event `start` inserts lies in the content log, or among the values. */
      readonly content: number;
    }
  | {
      readonly type: "delete";
      readonly start: number;
      readonly end: number;
      readonly container: string;
      readonly at: number;
      readonly backward: boolean;
    }
  | {
      readonly type: "set";
      readonly start: number;
      readonly end: number;
      readonly container: string;
      readonly key: string;
      readonly value: Uint8Array | null;
    }
  | { readonly type: "merge"; readonly start: number; readonly end: number };
