// Runs the cases of tests/wasm and prints what cargo's own test harness would.
"use strict";

const http = require("node:http");

const started = process.hrtime.bigint();

// Speaks iTwin's protocol as a server of another kind does, and misbehaves where it is asked to.
function serve() {
  const counted = { begun: 0, aborted: 0, left: 0 };
  const waiting = [];
  const count = (what) => {
    counted[what] += 1;
    for (const look of waiting.splice(0)) look();
  };
  const server = http.createServer((request, response) => {
    const pieces = [];
    request.on("data", (piece) => pieces.push(piece));
    request.on("end", () => {
      const head = (type) => response.writeHead(200, { "X-Protocol-Version": "2", "Content-Type": type });
      const operation = request.url.split("?")[0].split("-").pop();
      switch (operation) {
        case "describeEndpoints":
          head("text/plain").end("[]");
          break;
        case "echo":
        case "bytes":
          head(request.headers["content-type"]).end(Buffer.concat(pieces));
          break;
        case "head":
          head("text/plain").end(JSON.stringify(`${request.method} ${request.headers["x-correlation-id"]}`));
          break;
        case "data":
          head("application/octet-stream").write("one");
          setTimeout(() => response.end("two"), 20);
          break;
        case "cut":
          response.writeHead(200, { "Content-Length": "100" }).write("short");
          setTimeout(() => response.destroy(), 20);
          break;
        case "redirect":
          response.writeHead(302, { Location: "/elsewhere" }).end();
          break;
        case "busy":
          response.writeHead(503, { "Retry-After": "0.03" }).end();
          break;
        case "never":
          count("begun");
          response.on("close", () => count("aborted"));
          break;
        case "endless":
          head("application/octet-stream").write("one");
          setTimeout(() => response.write("two"), 5);
          response.on("close", () => count("left"));
          break;
        case "begun":
        case "aborted":
        case "left": {
          const look = () => {
            if (counted[operation] > 0) head("text/plain").end(String(counted[operation]));
            else waiting.push(look);
          };
          look();
          break;
        }
        default:
          response.writeHead(400).end();
      }
    });
  });
  return new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(server)));
}

// The module's timers of half an hour and more: they are for deadlines, and go with their calls.
function followTimers() {
  const { setTimeout, clearTimeout } = globalThis;
  const timers = { begun: 0, open: new Set() };
  globalThis.setTimeout = (callback, milliseconds, ...rest) => {
    const timer = setTimeout(callback, milliseconds, ...rest);
    if (milliseconds > 1_800_000) {
      timers.begun += 1;
      timers.open.add(timer);
    }
    return timer;
  };
  globalThis.clearTimeout = (timer) => {
    timers.open.delete(timer);
    clearTimeout(timer);
  };
  return timers;
}

async function main() {
  const timers = followTimers();
  const module = require("./twinbridge_wasm_tests.js");
  const cases = JSON.parse(module.run());
  const server = await serve();
  const { port } = server.address();
  cases.push(...JSON.parse(await module.run_fetching(`http://127.0.0.1:${port}`)));
  cases.push({
    name: "fetching::a_deadline_that_is_not_needed_any_more_leaves_no_timer",
    ok: timers.begun > 0 && timers.open.size === 0,
    detail: `${timers.open.size} of ${timers.begun} timers are left`,
  });
  return cases;
}

function report(cases) {
  console.log(`\nrunning ${cases.length} tests`);
  const failures = cases.filter((test) => !test.ok);
  for (const { name, ok } of cases) console.log(`test ${name} ... ${ok ? "ok" : "FAILED"}`);
  for (const { name, detail } of failures) console.log(`\n---- ${name} ----\n${detail}`);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  // No cases at all means that the wrong thing was built.
  const good = cases.length > 0 && failures.length === 0;
  console.log(
    `\ntest result: ${good ? "ok" : "FAILED"}. ${cases.length - failures.length} passed; ` +
      `${failures.length} failed; 0 ignored; 0 measured; 0 filtered out; finished in ${seconds.toFixed(2)}s\n`,
  );
  process.exit(good ? 0 : 1);
}

main().then(report, (error) => {
  // A panic in one case ends the whole module, so nothing is known of the others.
  console.log(`\n${error.stack}\n\ntest result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out`);
  process.exit(1);
});
