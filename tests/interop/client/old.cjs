// The real web client of iModel.js 2.19: first contact, and what it says in another way than 5.x.
//
// `node old.cjs BASE_URL` prints a line of JSON for each case, as `suite.cjs` does.

const common = require("@bentley/imodeljs-common");
const record = require("./record.cjs");
const { probe, versioned } = require("../probe_rpc.cjs");

const Probe = probe(common);
const Versioned = versioned(common, "1.4.0");
common.RpcConfiguration.disableRoutingValidation = true;
const parameters = { uriPrefix: process.argv[2], info: { title: "probe", version: "v1.0" } };
common.BentleyCloudRpcManager.initializeClient(parameters, [Probe, Versioned]);
common.RpcOperation.lookup(Probe, "slow").policy.retryInterval = () => 20;
record.name(common);
record.follow(common);
record.watch();

const rpc = common.RpcManager.getClientForInterface(Probe);
const run = `old ${process.pid}`;
const bytes = (...values) => new Uint8Array(values);

const cases = {
  // Asks what the server allows, and sends the first request before it knows.
  "first contact": () => rpc.num(2, 3),
  "an ordinary call": () => rpc.num(3, 4),
  "text and objects": () => rpc.echo({ text: "\u20ac", list: [1, null] }),
  "no result is undefined": () => rpc.nothing(),
  "bytes both ways": () => rpc.reverse(bytes(1, 2, 255)),
  "bytes within objects, both ways": () => rpc.swap([{ name: "one", data: bytes(1) }, { name: "two", data: bytes(2, 3) }]).then((parts) => parts.map(({ name, data }) => [name, data])),
  "a kept result": () => rpc.cached("k1"),
  "a token": () => rpc.token({ key: "k", contextId: "cx", iModelId: "im", changeSetId: "cs", openMode: 1 }),
  "who asks": () => rpc.who().then((who) => ({ ...who, activity: who.activity.replace(/\d+/g, "n") })),
  "pending twice": () => rpc.slow(`pending ${run}`, 2),
  "a fault of the moment, and then a result": () => rpc.transient(`once ${run}`, 503, 1).then(Number),
  "an error with a number": () => rpc.fail("numbered"),
  "an error known by name": () => rpc.fail("byName"),
  "an error of a bad request": () => rpc.failNumber(65542),
  "nothing to give": () => rpc.noContent(),
  "a version that does not fit": () => common.RpcManager.getClientForInterface(Versioned).answer(),
  "48 MiB of bytes": () => rpc.size(new Uint8Array(48 * 1024 * 1024)),
  "the endpoints": async () => {
    const endpoints = await common.RpcManager.describeAvailableEndpoints();
    const own = endpoints.filter(({ interfaceName }) => interfaceName.endsWith("Rpc"));
    return own.map(({ interfaceName, interfaceVersion, compatible }) => [interfaceName, interfaceVersion, compatible]);
  },
};

(async () => {
  // One by one: what the first says decides how the others are sent.
  for (const [sentence, act] of Object.entries(cases)) {
    await record.run({ [sentence]: act });
  }
  process.exit(0);
})();
