// A client and a server that have no protocol in common, in words. A person before a
// screen reads them, and can do something about it: which side is old is what counts.

/** The protocols that each side speaks. */
export interface ProtocolOffer {
  /** The lowest that the client speaks. */
  readonly lowest: number;
  /** The highest. */
  readonly highest: number;
  /** The one that the server speaks. */
  readonly spoken: number;
}

/** What the server says of it, behind "the server said:"; null where there is nothing to say. */
export function protocolSkew({ lowest, highest, spoken }: ProtocolOffer): string | null {
  if (lowest <= spoken && spoken <= highest) return null;
  return highest < spoken
    ? `this client is too old for it (protocol ${highest}, not ${spoken}): get the present release; a page gets it by being reloaded`
    : `it is too old for this client (protocol ${spoken}, not ${lowest}): whoever runs the server has to upgrade it`;
}
