// Runs Tauri's command with the arguments of this script. Its own script looks for the module of
// every system; the lock has those that Debian runs on.
const { run } = require(`@tauri-apps/cli-linux-${process.arch}-gnu`);
run(process.argv.slice(2), "tauri", (error) => {
  if (error) console.error(String(error));
  process.exit(error ? 1 : 0);
});
