// A file of its own, since the content security policy allows no script inside the page.
import init from './greeter_page.js';
init({ module_or_path: new URL('./greeter_page_bg.wasm', import.meta.url) });
