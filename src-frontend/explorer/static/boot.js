// A file of its own, since the content security policy allows no script inside the page.
import init from './twinbridge_explorer.js';
init({ module_or_path: new URL('./twinbridge_explorer_bg.wasm', import.meta.url) });
