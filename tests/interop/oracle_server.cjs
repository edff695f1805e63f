// The real server: iTwin.js's own protocol, parsing and answering, behind express.
//
// `@itwin/core-backend` cannot be loaded as a whole without its native library; the files of its web
// RPC can, and are bound as it binds them. Prints its address, and ends when its input does.

const path = require("node:path");
const express = require("express");
const bentley = require("@itwin/core-bentley");
const common = require("@itwin/core-common");
const { probe, versioned } = require("./probe_rpc.cjs");

const web = (file) => require(path.join(path.dirname(require.resolve("@itwin/core-backend/package.json")), "lib/cjs/rpc", file));
const request = web("web/request.js");
const response = web("web/response.js");
const multipart = web("multipart.js");
const { WebAppRpcLoggingBackend } = web("web/logging.js");

common.RpcMultipart.platform = {
  ...common.RpcMultipart.platform,
  createStream: multipart.createMultipartStream,
  parseRequest: multipart.parseMultipartRequest,
  appendToForm: multipart.appendToMultipartForm,
};
common.WebAppRpcRequest.backend = { sendResponse: response.sendResponse, parseRequest: request.parseRequest };
common.WebAppRpcLogging.initializeBackend(new WebAppRpcLoggingBackend());
common.RpcConfiguration.disableRoutingValidation = true;

const Probe = probe(common);
const Versioned = versioned(common, "1.3.0");

/** How often each key was asked for. */
const asked = new Map();
const stored = new Set();
const meetings = new Map();
/** What was given before: under load the sending is measured, and not the making. */
const given = new Map();

function nth(key) {
  asked.set(key, (asked.get(key) ?? 0) + 1);
  return asked.get(key);
}

class ProbeImpl extends Probe {
  async num(left, right) { return left + right; }
  async echo(value) { return value; }
  async optional(first, second, third) { return `${first} ${second ?? "none"} ${third ?? "none"}`; }
  async nothing() {}
  async nul() { return null; }
  async reverse(data) { return new Uint8Array(data).reverse(); }
  async swap(parts) { return parts.reverse(); }
  async halves(data) {
    const middle = data.length >> 1;
    return [new Uint8Array(data.subarray(0, middle)), new Uint8Array(data.subarray(middle))];
  }
  async labelled(data, label) { return `${label}: ${data?.length}`; }
  async empty() { return new Uint8Array(0); }
  async give(size) {
    if (!given.has(size)) given.set(size, new Uint8Array(size).fill(7));
    return given.get(size);
  }
  async size(data) { return data.length; }
  async streamed() { throw new Error("streams are not for this server"); }
  async cached(key) { return `c:${key}`; }
  async token(token) { return token; }
  async who() {
    const { id, sessionId, applicationId, applicationVersion, authorization } = common.RpcInvocation.current(this).request;
    return { activity: id, session: sessionId, application: `${applicationId} ${applicationVersion}`, authorization };
  }
  async slow(key, times) {
    const count = nth(key);
    if (count <= times) throw new common.RpcPendingResponse(`step ${count}`);
    return count;
  }
  async find(name) {
    if (!stored.has(name)) throw Object.assign(new common.RpcNotFoundResponse(), { message: name });
    return `here is ${name}`;
  }
  async store(name) { stored.add(name); }
  async noContent() { throw new common.NoContentError(); }
  async fail(way) {
    if (way === "numbered") throw new common.IModelError(bentley.IModelStatus.NotFound, "no such thing");
    if (way === "byName") throw new TypeError("plain bad");
    return 1;
  }
  async failTwin() { throw Object.assign(bentley.ITwinError.create({ iTwinErrorId: { scope: "probe", key: "oops" }, message: "twin bad" }), { left: 7 }); }
  async failNumber(number) { throw new common.IModelError(number, "by number"); }
  async panics() { throw new Error("as it was told to"); }
  async together(key, count) {
    const meeting = meetings.get(key) ?? { waiting: [] };
    meetings.set(key, meeting);
    return new Promise((resolve) => {
      meeting.waiting.push(resolve);
      if (meeting.waiting.length === count) meeting.waiting.forEach((go) => go(count));
    });
  }
}

class VersionedImpl extends Versioned {
  async answer() { return 42; }
}

common.RpcManager.registerImpl(Probe, ProbeImpl);
common.RpcManager.registerImpl(Versioned, VersionedImpl);
const configuration = common.BentleyCloudRpcManager.initializeImpl({ info: { title: "probe", version: "v1.0" } }, [Probe, Versioned]);
const { protocol } = configuration;

const app = express();
app.disable("x-powered-by");
app.disable("etag");
const limit = "64mb";
app.use(express.text({ limit }));
app.use(express.raw({ limit }));
app.use((_, res, next) => {
  res.set({
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, GET, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, Access-Control-Allow-Headers, Authorization, X-Requested-With, X-Correlation-Id, X-Session-Id, X-Application-Id, X-Application-Version, X-User-Id, X-Protocol-Version",
  });
  next();
});
app.get("/v3/swagger.json", (req, res) => protocol.handleOpenApiDescriptionRequest(req, res));
// An impl cannot give these statuses there; whatever stands before a server does.
app.post(/-transient$/, (req, res) => {
  const [key, status, times, retryAfterMs] = JSON.parse(req.body);
  const count = nth(key);
  res.set("X-Protocol-Version", "2");
  if (count > times) return res.type("text/plain").send(String(count));
  if (retryAfterMs != null) res.set("Retry-After", String(retryAfterMs / 1000));
  return res.status(status).end();
});
app.post(/.*/, async (req, res) => protocol.handleOperationPostRequest(req, res));
app.get(/\/imodel\//, async (req, res) => protocol.handleOperationGetRequest(req, res));
app.use((_, res) => res.status(200).send("<h1>IModelJs RPC Server</h1>"));

const server = app.listen(0, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
// The one who started it holds the other end; when that is gone, so is the reason to run.
process.stdin.on("end", () => process.exit(0)).resume();
