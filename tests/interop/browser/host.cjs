// Serves the page from two origins, and prints what it reports.
//
// The first line is the addresses of both. Ends when its input does.

const http = require("node:http");
const path = require("node:path");
const esbuild = require("esbuild");

const bundle = esbuild.buildSync({
  entryPoints: [path.join(__dirname, "page.js")],
  bundle: true,
  write: false,
  format: "iife",
  platform: "browser",
  define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
}).outputFiles[0].text;

function serve(req, res) {
  if (req.method === "POST" && req.url === "/report") {
    const pieces = [];
    req.on("data", (piece) => pieces.push(piece));
    req.on("end", () => {
      process.stdout.write(`${Buffer.concat(pieces)}\n`);
      res.end();
    });
  } else if (req.url === "/page.js") {
    res.setHeader("Content-Type", "text/javascript; charset=utf-8").end(bundle);
  } else if (req.url.startsWith("/?")) {
    res.setHeader("Content-Type", "text/html; charset=utf-8").end('<!doctype html><script src="/page.js"></script>');
  } else {
    res.writeHead(404).end();
  }
}

async function listen() {
  const server = http.createServer(serve);
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${server.address().port}`;
}

(async () => {
  console.log(await listen(), await listen());
})();
process.stdin.on("end", () => process.exit(0)).resume();
