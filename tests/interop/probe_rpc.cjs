// The interface that is called in both directions, as iTwin.js declares one.
//
// `tests/interop/probe` declares the same in Rust. Shared by the real clients, of 5.x and of 2.19,
// by the real server and by the page in a browser; `common` is the package of the one who asks.

/** Operations of `ProbeRpc`, in the order of the trait in Rust. */
const OPERATIONS = [
  "num", "echo", "optional", "nothing", "nul", "reverse", "swap", "halves", "labelled", "empty", "give",
  "size", "streamed", "cached", "token", "who", "slow", "transient", "find", "store", "noContent", "fail",
  "failTwin", "failNumber", "panics", "together",
];

exports.define = define;

function define(common, name, version, operations) {
  class Rpc extends common.RpcInterface {}
  Rpc.interfaceName = name;
  Rpc.interfaceVersion = version;
  for (const operation of operations) {
    // `forward` wants the arguments as they were passed, so that a missing one stays missing.
    Rpc.prototype[operation] = async function () { return this.forward(arguments); };
  }
  return Rpc;
}

/** The interface, with operations that no server has, if wanted. */
exports.probe = (common, more = []) => {
  const Probe = define(common, "ProbeRpc", "1.2.3", [...OPERATIONS, ...more]);
  // What is a decorator in TypeScript.
  common.RpcOperation.allowResponseCaching()(Probe.prototype, "cached", { value: Probe.prototype.cached });
  return Probe;
};

/** An interface that servers have in version 1.3.0, as a client of another version knows it. */
exports.versioned = (common, version) => define(common, "VersionedRpc", version, ["answer"]);

/** An interface that no server has. */
exports.unknown = (common) => define(common, "UnknownRpc", "1.0.0", ["answer"]);
