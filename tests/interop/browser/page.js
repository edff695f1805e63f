// A page that calls a server of another origin with the real client of iTwin.js 5.x.
//
// Its address names the server, `?server=http://…`. What became of each case goes to the page's own
// origin, a line of JSON for each, as the clients in Node print them.

import {
  BentleyCloudRpcManager, RpcConfiguration, RpcInterface, RpcManager, RpcOperation, RpcRequest,
  RpcRequestEvent, RpcResponseCacheControl,
} from "@itwin/core-common";
import { probe } from "../probe_rpc.cjs";

const server = new URL(location.href).searchParams.get("server");
const Probe = probe({ RpcInterface, RpcOperation, RpcResponseCacheControl });

RpcConfiguration.disableRoutingValidation = true;
RpcConfiguration.requestContext.serialize = async (request) => ({
  id: request.id,
  applicationId: "app9",
  applicationVersion: "0.1.0",
  sessionId: "sess-1",
  authorization: "Bearer tok",
});
BentleyCloudRpcManager.initializeClient({ uriPrefix: server, info: { title: "probe", version: "v1.0" } }, [Probe]);
RpcOperation.lookup(Probe, "slow").policy.retryInterval = () => 20;
const rpc = RpcManager.getClientForInterface(Probe);
const bytes = (...values) => new Uint8Array(values);
const run = `page ${crypto.randomUUID()}`;

let seen = [];
RpcRequest.events.addListener((event, request) => {
  if (event === RpcRequestEvent.PendingUpdateReceived) {
    seen.push(`pending: ${request.extendedStatus}, protocol ${request.responseProtocolVersion}`);
  } else if (event === RpcRequestEvent.TransientErrorReceived) {
    seen.push(`again in ${Math.round(request.retryAfter)} ms`);
  }
});

const cases = {
  "numbers are added": () => rpc.num(2, 3),
  "text beyond ASCII": () => rpc.echo("h\u00e9llo \u20ac"),
  "bytes both ways": () => rpc.reverse(bytes(1, 2, 255)),
  "bytes within any value": () => rpc.echo({ data: bytes(0, 255), more: [bytes(7)] }),
  "a kept result": () => rpc.cached("k1"),
  "a kept result, asked for again": () => rpc.cached("k1"),
  "pending twice": () => rpc.slow(`pending ${run}`, 2),
  "a fault with a time to wait": () => rpc.transient(`later ${run}`, 503, 1, 40).then(Number),
  "an error with a number": () => rpc.fail("numbered"),
  "nothing to give": () => rpc.noContent(),
  "not found": () => rpc.find(`lost ${run}`),
  "a megabyte of bytes": () => rpc.size(new Uint8Array(1024 * 1024)),
  "eight calls at once": () => Promise.all(Array.from({ length: 8 }, (_, at) => rpc.num(at, 1))),
  // What a form of another site can send without being asked; the answer is hidden from the page.
  "a request without the protocol's headers": async () => {
    const path = `${server}/probe/v1.0/mode/1/context//imodel//changeset/0/ProbeRpc-1.2.3-store`;
    const sent = await fetch(path, { method: "POST", mode: "no-cors", body: '["planted"]' });
    return sent.type;
  },
  "what such a request would have stored": () => rpc.find("planted"),
};

function plain(value) {
  const text = JSON.stringify(value, (_, inner) => (inner instanceof Uint8Array ? { bytes: Array.from(inner) } : inner));
  return text === undefined ? "undefined" : JSON.parse(text);
}

async function report(line) {
  await fetch("/report", { method: "POST", body: JSON.stringify(line) });
}

(async () => {
  for (const [sentence, act] of Object.entries(cases)) {
    seen = [];
    const outcome = await act().then(
      (value) => ({ gave: plain(value) }),
      ({ name, message, errorNumber }) => ({ threw: { name, message, errorNumber } }),
    );
    await report({ case: sentence, ...outcome, events: seen });
  }
  await report("done");
})();
