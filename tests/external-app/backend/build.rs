//! Reads `tauri.conf.json`, as in every Tauri app. There are no permissions to generate.

fn main() {
    tauri_build::build();
}
