// A file of its own, since the content security policy allows no script inside the page.
import init, { act, connect } from './twinbridge_lab_page.js';
await init({ module_or_path: new URL('./twinbridge_lab_page_bg.wasm', import.meta.url) });
window.lab = async (name, ...words) => JSON.parse(await act(name, JSON.stringify(words)));
// Set once the page has greeted: a test waits for it.
document.documentElement.dataset.session = await connect();
