// Runs the cases of tests/wasm and prints what cargo's own test harness would.
"use strict";

const started = process.hrtime.bigint();
let cases;
try {
  cases = JSON.parse(require("./twinbridge_wasm_tests.js").run());
} catch (error) {
  // A panic in one case ends the whole module, so nothing is known of the others.
  console.log(`\n${error.stack}\n\ntest result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out`);
  process.exit(1);
}

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
