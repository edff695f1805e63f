// The interfaces that are built in, with the real web client of iTwin.js 5.x: its own
// `DevToolsRpcInterface`, and `files` and `host`.
//
// `node built_in.cjs BASE_URL PATH OTHER_PATH` prints a line of JSON for each case, as `suite.cjs`
// does. The server may read the first file and not the other.

const common = require("@itwin/core-common");
const { LogLevel } = require("@itwin/core-bentley");
const record = require("./record.cjs");

const { define } = require("../probe_rpc.cjs");

const { DevToolsRpcInterface, DevToolsStatsOptions } = common;
const [, , uriPrefix, path, otherPath] = process.argv;
const Files = define(common, "FilesRpcInterface", "1.0.0", ["initial", "open", "lineCount", "completeLineCount", "lines", "close"]);
const Host = define(common, "AppHostRpcInterface", "1.1.0", ["appInfo", "interfaces", "statistics"]);
common.RpcConfiguration.disableRoutingValidation = true;
const parameters = { uriPrefix, info: { title: "probe", version: "v1.0" } };
common.BentleyCloudRpcManager.initializeClient(parameters, [DevToolsRpcInterface, Files, Host]);
record.name(common);
record.follow(common);
record.watch();

const tools = DevToolsRpcInterface.getClient();
const files = common.RpcManager.getClientForInterface(Files);
const host = common.RpcManager.getClientForInterface(Host);
const token = { key: "k", iTwinId: "tw", iModelId: "im", changeset: { id: "cs", index: 4 } };
/** Types in place of values, which differ between machines. */
const leaves = (value) => (typeof value === "object" ? Object.values(value ?? {}).flatMap(leaves) : [typeof value]);
const kinds = (value) => [...new Set(leaves(value))].sort();

const cases = {
  "a ping": () => tools.ping(token),
  "a ping without a token": () => tools.ping(),
  "figures are numbers": () => tools.stats(token, DevToolsStatsOptions.None).then(kinds),
  "figures with units are texts": async () => {
    const stats = JSON.stringify(await tools.stats(token, DevToolsStatsOptions.FormatUnits));
    return /[0-9] ?(MB|MiB|KiB|B|GiB|GB)"/.test(stats) || stats;
  },
  "versions, and what can be called": async () => {
    const { availableRpcs, ...versions } = await tools.versions(token);
    return { rpcs: availableRpcs.map(({ interfaceName, compatible }) => [interfaceName, compatible]), kinds: kinds(versions) };
  },
  "a level, and the one before": async () => {
    await tools.setLogLevel(token, "interop", LogLevel.Error);
    const before = await tools.setLogLevel(token, "interop", LogLevel.Warning);
    const again = await tools.setLogLevel(token, "interop", LogLevel.Warning);
    return [before, again].map((level) => LogLevel[level]);
  },
  "what runs": () => host.appInfo().then(({ name }) => name),
  "how busy it is": () => host.statistics().then((statistics) => kinds(statistics)),
  "a file, its lines, and its end": async () => {
    const opened = await files.open(path);
    const count = await files.completeLineCount(opened.file);
    const page = await files.lines(opened.file, 1, 2);
    await files.close(opened.file);
    const closed = await files.lines(opened.file, 0, 1).catch(({ name }) => name);
    return { count: count.lines, texts: page.lines.map(({ text }) => text), closed };
  },
  "a file elsewhere": () => files.open(otherPath).then(() => "opened", ({ name }) => name),
};

(async () => {
  for (const [sentence, act] of Object.entries(cases)) {
    await record.run({ [sentence]: act });
  }
  process.exit(0);
})();
