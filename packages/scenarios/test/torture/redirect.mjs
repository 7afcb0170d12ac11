// Loaded into a node before its program: what it dials at one port goes to another, as
// HOLDFAST_TORTURE_WIRES says, a JSON object. So a test stands between two processes that
// know no more than each other's real addresses.

import { Socket } from "node:net";

const ports = JSON.parse(process.env.HOLDFAST_TORTURE_WIRES ?? "{}");
const { connect } = Socket.prototype;

Socket.prototype.connect = function redirected(...args) {
  // Called with options, or, by net.connect, with a list that begins with them.
  const [options] = Array.isArray(args[0]) ? args[0] : args;
  const port = ports[options?.port];
  if (port !== undefined) options.port = port;
  return connect.apply(this, args);
};
