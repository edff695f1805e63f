// The real `DevToolsRpcInterface` of iTwin.js: its four operations, as its own client calls them.
//
// `node dev_tools.cjs BASE_URL` prints a line of JSON for each case, as `suite.cjs` does.

const common = require("@itwin/core-common");
const { LogLevel } = require("@itwin/core-bentley");
const record = require("./record.cjs");

const { DevToolsRpcInterface, DevToolsStatsOptions } = common;
const parameters = { uriPrefix: process.argv[2], info: { title: "probe", version: "v1.0" } };
common.BentleyCloudRpcManager.initializeClient(parameters, [DevToolsRpcInterface]);
record.name(common);
record.follow(common);
record.watch();

const tools = DevToolsRpcInterface.getClient();
const token = { key: "k", iTwinId: "tw", iModelId: "im", changeset: { id: "cs", index: 4 } };
const shape = (value) => (typeof value === "object" && value !== null
  ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shape(inner)]))
  : typeof value);

const cases = {
  "a ping": () => tools.ping(token),
  "figures": async () => {
    const stats = await tools.stats(token, DevToolsStatsOptions.None);
    return { groups: Object.keys(stats).length > 0, ...shape({ stats }) };
  },
  "figures with units": async () => {
    const stats = await tools.stats(token, DevToolsStatsOptions.FormatUnits);
    return shape({ stats });
  },
  "versions": async () => {
    const { availableRpcs, ...versions } = await tools.versions(token);
    const names = availableRpcs.map(({ interfaceName, compatible }) => [interfaceName, compatible]);
    return { availableRpcs: names.filter(([name]) => name === "DevToolsRpcInterface"), ...shape({ versions }) };
  },
  "a level, and the one before": async () => {
    await tools.setLogLevel(token, "interop", LogLevel.Error);
    const before = await tools.setLogLevel(token, "interop", LogLevel.Warning);
    const again = await tools.setLogLevel(token, "interop", LogLevel.Warning);
    return [before, again].map((level) => LogLevel[level]);
  },
};

(async () => {
  for (const [sentence, act] of Object.entries(cases)) {
    await record.run({ [sentence]: act });
  }
  process.exit(0);
})();
