// Runs cases against a server with a real client, side by side, and records what each met.
//
// A case is a sentence and a function. What it gave or threw, the events of its requests and what
// went over HTTP become one line of JSON. A case is known by the ids of its requests.

const { AsyncLocalStorage } = require("node:async_hooks");
const current = new AsyncLocalStorage();

/** Lets requests carry the case's number in their id, and whose they are. */
exports.name = (common) => {
  const context = common.RpcConfiguration.requestContext;
  context.getId = () => {
    const running = current.getStore();
    return running ? `case-${running.number}-${(running.requests += 1)}` : "";
  };
  context.serialize = async (request) => ({
    id: request.id,
    applicationId: "app9",
    applicationVersion: "0.1.0",
    sessionId: "sess-1",
    authorization: "Bearer tok",
    userId: "user7",
  });
};

/** Follows requests through the client's own events. */
exports.follow = (common) => {
  common.RpcRequest.events.addListener((event, request) => {
    const running = find(request.id);
    if (!running) return;
    const status = common.RpcRequestStatus[request.status];
    const kind = common.RpcRequestEvent[event];
    if (kind === "StatusChanged") running.events.push(status);
    else if (kind === "PendingUpdateReceived") running.events.push(`${kind}: ${request.extendedStatus}`);
    else running.events.push(`${kind}: ${status}, again in ${Math.round(request.retryAfter)} ms`);
  });
};

/** Follows them over HTTP. */
exports.watch = () => {
  const { fetch } = globalThis;
  globalThis.fetch = async (request, options) => {
    const response = await fetch(request, options);
    find(request.headers?.get("X-Correlation-Id") ?? "")?.http.push({
      method: request.method,
      version: request.headers.get("X-Protocol-Version"),
      status: response.status,
      type: response.headers.get("Content-Type")?.split(";")[0] ?? null,
      cache: response.headers.get("Cache-Control"),
      encoding: response.headers.get("Content-Encoding"),
    });
    return response;
  };
};

const known = new Map();

// A call that is never answered must not keep the tests.
setTimeout(() => {
  process.stderr.write("not everything was answered within 100 s\n");
  process.exit(1);
}, 100_000).unref();

function find(id) {
  return known.get(Number(/^case-(\d+)-/.exec(id)?.[1]));
}

/** Runs the cases, all at once, and prints a line for each. */
exports.run = async (cases) => {
  const runs = Object.entries(cases).map(async ([sentence, act]) => {
    const number = known.size;
    const running = { number, requests: 0, events: [], http: [] };
    known.set(number, running);
    const { events, http } = running;
    const outcome = await current.run(running, () => outcomeOf(act, running));
    print({ case: sentence, ...outcome, events, http });
  });
  await Promise.all(runs);
};

async function outcomeOf(act, running) {
  try {
    return { gave: await act(running) };
  } catch (error) {
    if (!(error instanceof Error)) return { threw: error };
    const { name, message, errorNumber } = error;
    return { threw: { name, message, errorNumber } };
  }
}

/** JSON has neither `undefined` nor bytes. */
function print(line) {
  const text = JSON.stringify(line, (_, value) => {
    if (value === undefined) return "undefined";
    if (value instanceof Uint8Array) return { bytes: Array.from(value) };
    return value;
  });
  process.stdout.write(`${text}\n`);
}
