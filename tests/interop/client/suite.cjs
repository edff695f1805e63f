// The real web client of iTwin.js 5.x: every kind of value, answer and error.
//
// `node suite.cjs BASE_URL` prints a line of JSON for each case. What is expected stands in
// `tests/interop/rows.rs`, for the real server and for ours.

const common = require("@itwin/core-common");
const record = require("./record.cjs");
const { probe, unknown, versioned } = require("../probe_rpc.cjs");

const uriPrefix = process.argv[2];
const Probe = probe(common, ["absent"]);
const Versioned = versioned(common, "1.4.0");
const Unknown = unknown(common);

common.RpcConfiguration.disableRoutingValidation = true;
common.BentleyCloudRpcManager.initializeClient({ uriPrefix, info: { title: "probe", version: "v1.0" } }, [Probe, Unknown, Versioned]);
common.RpcOperation.lookup(Probe, "slow").policy.retryInterval = () => 20;
record.name(common);
record.follow(common);
record.watch();

const rpc = common.RpcManager.getClientForInterface(Probe);
// Keys differ between runs against one server.
const run = `${process.pid}`;

/** Stores what is not found, and asks again. */
common.RpcRequest.notFoundHandlers.addListener((request, response, resubmit, reject) => {
  const name = request.parameters[0];
  // Told by its words alone: handlers see every request of the page.
  if (!name.startsWith?.("storable")) return reject();
  if (response.message !== name) return reject(new Error(`an odd response: ${JSON.stringify(response)}`));
  return rpc.store(name).then(resubmit, reject);
});

const bytes = (...values) => new Uint8Array(values);
const settled = async (promise) => promise.then((value) => `resolved ${value}`, (error) => `rejected ${error.message}`);

const sideBySide = {
  "numbers are added": () => rpc.num(2, 3),
  "a number with a fraction": () => rpc.num(0.1, 0.2),
  "a large number": () => rpc.echo(9007199254740991),
  "text beyond ASCII": () => rpc.echo("h\u00e9llo \u20ac \u{1f600} \u0000 \u2028"),
  "an empty text": () => rpc.echo(""),
  "an object without its undefined members": () => rpc.echo({ a: 1, b: [true, null], c: undefined, d: { e: {} } }),
  "an array with a gap": () => rpc.echo([1, undefined, NaN, -0]),
  "a date arrives as text": () => rpc.echo({ at: new Date(0), map: new Map([[1, 2]]) }),
  "no result is undefined": () => rpc.nothing(),
  "undefined comes back": () => rpc.echo(undefined).then((value) => value ?? "nothing"),
  "null is null": () => rpc.nul(),
  "false is false": () => rpc.echo(false),
  "all arguments": () => rpc.optional(1, 2, "three"),
  "an undefined argument between others": () => rpc.optional(1, undefined, "three"),
  "arguments left out at the end": () => rpc.optional(1),
  "bytes both ways": () => rpc.reverse(bytes(1, 2, 255)),
  "no bytes at all, both ways": () => rpc.reverse(bytes()),
  "bytes as a result alone": () => rpc.give(5),
  "an empty result of bytes": () => rpc.empty(),
  "bytes within objects, both ways": () => rpc.swap([
    { name: "first", data: bytes(1, 2), inner: { name: "inner", data: bytes(13, 10, 45, 45), inner: null } },
    { name: "second", data: bytes(9), inner: null },
  ]),
  "no bytes at all within an object": () => rpc.swap([{ name: "empty", data: bytes(), inner: null }]),
  "bytes within any value": () => rpc.echo({ text: "x", data: bytes(0, 255), more: [bytes(7)] }),
  "bytes at the start of a list": () => rpc.halves(bytes(1, 2, 3, 4)),
  "text that looks like a boundary": () => rpc.echo({ text: "\r\n--boundary--\r\n", data: bytes(45, 45) }),
  "a stream of bytes": () => rpc.streamed(3),
  "a kept result": () => rpc.cached("k1"),
  "a kept result with too long arguments": () => rpc.cached("x".repeat(7000)).then((text) => text.length),
  "a kept result with letters beyond Latin-1": () => rpc.cached("\u20ac").catch((error) => error.name),
  "the token is that of the address": () => rpc.token({ key: "k:1", iTwinId: "tw", iModelId: "im", changeset: { id: "cs", index: 4 } }),
  "a token without a changeset": () => rpc.token({ key: "k", iTwinId: "tw/1", iModelId: "im" }),
  "who asks": () => rpc.who().then((who) => ({ ...who, activity: who.activity.replace(/\d+/g, "n") })),
  "pending twice": () => rpc.slow(`pending ${run}`, 2),
  "a fault of the moment, and then a result": () => rpc.transient(`once ${run}`, 503, 1).then(Number),
  "a fault with a time to wait": () => rpc.transient(`later ${run}`, 429, 2, 30).then(Number),
  "a gateway that is down for good": () => rpc.transient(`never ${run}`, 502, 99),
  "a timeout before the server": () => rpc.transient(`timeout ${run}`, 504, 1).then(Number),
  "a request that took too long": () => rpc.transient(`late ${run}`, 408, 1).then(Number),
  "an error with a number": () => rpc.fail("numbered"),
  "an error known by name": () => rpc.fail("byName"),
  "an error with scope, key and members": () => rpc.failTwin().catch((error) => {
    const { name, message, errorNumber, iTwinErrorId } = error;
    return { name, message, errorNumber, iTwinErrorId, metadata: error.getMetaData() };
  }),
  "an error of a bad request": () => rpc.failNumber(65542),
  "an error of what is locked": () => rpc.failNumber(65564),
  "an error of what exists already": () => rpc.failNumber(65547),
  "an error of what is not there": () => rpc.failNumber(65574),
  "an error that is none elsewhere": () => rpc.failNumber(65579),
  "an impl that panics": () => rpc.panics(),
  "nothing to give": () => rpc.noContent(),
  "an unknown interface": () => common.RpcManager.getClientForInterface(Unknown).answer(),
  "an unknown operation": () => rpc.absent(),
  "a version that does not fit": () => common.RpcManager.getClientForInterface(Versioned).answer(),
  "fifty calls at once": async () => {
    const calls = Array.from({ length: 50 }, () => rpc.together(`meeting ${run}`, 50));
    return new Set(await Promise.all(calls)).size;
  },
  "48 MiB of bytes": () => rpc.size(new Uint8Array(48 * 1024 * 1024)),
  "16 MiB of bytes as a result": () => rpc.give(16 * 1024 * 1024).then((data) => [data.length, data.every((byte) => byte === 7)]),
  "a megabyte of text": () => rpc.echo("\u20ac".repeat(350_000)).then((text) => text.length),
  "more than the limit": () => rpc.size(new Uint8Array(65 * 1024 * 1024)),
  "the endpoints": async () => {
    const endpoints = await common.RpcManager.describeAvailableEndpoints();
    return endpoints.map(({ interfaceName, interfaceVersion, compatible, operationNames }) => [
      interfaceName, interfaceVersion, compatible, operationNames.length,
    ]);
  },
};

// One by one: iTwin.js's queue of requests that are asked again forgets another request whenever one
// is not found or is cancelled.
const oneByOne = {
  "not found, and no handler does anything": () => rpc.find(`lost ${run}`),
  "not found, stored and asked again": () => rpc.find(`storable ${run}`).then((text) => text.replace(run, "it")),
  "a call that is cancelled, and submitted again": async (running) => {
    const call = rpc.slow(`cancelled ${run}`, 1);
    const request = [...common.RpcRequest.activeRequests.values()].find((one) => one.id === `case-${running.number}-1`);
    request.cancel();
    const left = await Promise.race([settled(call), new Promise((resolve) => setTimeout(resolve, 100, "waits"))]);
    void request.submit();
    return [left, typeof await call];
  },
  "no server": () => {
    const nowhere = common.RpcRoutingToken.generate("nowhere");
    // The port of `discard`, where nobody listens.
    const parameters = { uriPrefix: "http://127.0.0.1:9", info: { title: "probe", version: "v1.0" } };
    common.BentleyCloudRpcManager.initializeClient(parameters, [Probe], nowhere);
    return common.RpcManager.getClientForInterface(Probe, nowhere).num(1, 2);
  },
};

(async () => {
  await record.run(sideBySide);
  for (const [sentence, act] of Object.entries(oneByOne)) {
    await record.run({ [sentence]: act });
  }
  process.exit(0);
})();
