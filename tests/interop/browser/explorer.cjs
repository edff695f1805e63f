// Opens the default app's page in a browser without a window, calls an operation by its form, and
// prints what the page shows of the reply. Speaks the browser's own debugging protocol.
"use strict";
const { spawn } = require("node:child_process");
const { mkdtempSync, rmSync } = require("node:fs");
const { tmpdir } = require("node:os");
const path = require("node:path");

const address = process.argv[2];
const profile = mkdtempSync(path.join(tmpdir(), "twinbridge-browser-"));
const browser = spawn("chromium", [
  "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
  "--disable-background-networking", "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank",
], { stdio: ["ignore", "ignore", "pipe"] });
process.on("exit", () => {
  browser.kill("SIGKILL");
  try { rmSync(profile, { recursive: true, force: true, maxRetries: 5 }); } catch { /* it is in the temporary folder */ }
});

// The browser says on its standard error where it listens.
const listening = new Promise((resolve, reject) => {
  let said = "";
  browser.stderr.on("data", (text) => {
    said += text;
    const found = /DevTools listening on (ws:\S+)/.exec(said);
    if (found) resolve(new URL(found[1]));
  });
  browser.on("exit", () => reject(new Error(`the browser ended: ${said}`)));
});

async function openPage(url) {
  const page = await fetch(`http://${url.host}/json/new?${encodeURIComponent(address)}`, { method: "PUT" });
  const socket = new WebSocket((await page.json()).webSocketDebuggerUrl);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  let last = 0;
  const waiting = new Map();
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    waiting.get(message.id)?.(message);
  };
  return async (expression) => {
    for (;;) {
      last += 1;
      const id = last;
      const answer = new Promise((resolve) => waiting.set(id, resolve));
      const params = { expression, awaitPromise: true, returnByValue: true };
      socket.send(JSON.stringify({ id, method: "Runtime.evaluate", params }));
      const { result, error } = await answer;
      // The page that was asked has given way to the one that is to be shown.
      if (error) continue;
      if (result.exceptionDetails) throw new Error(result.exceptionDetails.exception?.description);
      return result.result.value;
    }
  };
}

// Asks again at each frame of the page, until what is asked is there.
const until = (condition) => `new Promise((resolve) => {
  const look = () => {
    const found = (() => ${condition})();
    if (found) resolve(found); else setTimeout(look, 20);
  };
  look();
})`;

(async () => {
  const run = await openPage(await listening);
  await run(until(`document.querySelector("#call:not([disabled])") !== null`));
  await run(`document.querySelector("#call").click()`);
  const state = await run(until(`{
    const state = document.querySelector("#reply").dataset.state;
    return ["none", "running"].includes(state) ? "" : state;
  }`));
  const reply = await run(`document.querySelector("#reply").textContent`);
  const live = await run(until(`document.querySelector("#live [data-fate]")?.parentElement.textContent`));
  console.log(JSON.stringify({ state, reply, live }));
  process.exit(0);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
