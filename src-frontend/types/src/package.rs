//! The package: the modules, the runtime, and what npm wants to know.
//!
//! Complete but for the session's wasm module, which is built for another target and put beside
//! these files by `cargo xtask types`.

use std::{collections::BTreeMap, fs, io, path::Path};

use serde_json::json;
use twinbridge_common::IpcInterface;

use crate::module::{Module, Role};

/// The runtime, which is the same in every package.
const RUNTIME: [(&str, &str); 5] = [
    (
        "twinbridge.js",
        include_str!("../../javascript/package/twinbridge.js"),
    ),
    (
        "twinbridge.d.ts",
        include_str!("../../javascript/package/twinbridge.d.ts"),
    ),
    (
        "mismatch.js",
        include_str!("../../javascript/package/mismatch.js"),
    ),
    ("LICENSE-APACHE", include_str!("../../../LICENSE-APACHE")),
    ("LICENSE-MIT", include_str!("../../../LICENSE-MIT")),
];

/// A package for npm, of the interfaces that a page uses.
#[derive(Clone, Debug)]
#[must_use = "a package is there when it is written"]
pub struct Package {
    name: String,
    version: String,
    licence: String,
    modules: Vec<Module>,
}

impl Package {
    /// A package of this name, such as `@notes/backend`, and of version 0.1.0.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: "0.1.0".to_owned(),
            licence: "MIT OR Apache-2.0".to_owned(),
            modules: Vec::new(),
        }
    }

    /// Its version.
    pub fn version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.version);
        self
    }

    /// The licence of the app's own part, as npm spells it. That of the runtime stays beside it.
    pub fn licence(mut self, licence: &str) -> Self {
        licence.clone_into(&mut self.licence);
        self
    }

    /// With the client of an interface that pages call.
    pub fn calls<I: IpcInterface>(self) -> Self {
        self.with::<I>(Role::Calls)
    }

    /// With the listeners of notifications that pages get.
    pub fn hears<I: IpcInterface>(self) -> Self {
        self.with::<I>(Role::Hears)
    }

    /// With the sender of notifications that pages send.
    pub fn tells<I: IpcInterface>(self) -> Self {
        self.with::<I>(Role::Tells)
    }

    /// With the types of an interface that pages answer.
    pub fn answers<I: IpcInterface>(self) -> Self {
        self.with::<I>(Role::Answers)
    }

    fn with<I: IpcInterface>(mut self, role: Role) -> Self {
        let info = I::info();
        self.modules.push(Module { role, info });
        self
    }

    /// Every file by its name, the wasm module apart.
    #[must_use]
    pub fn files(&self) -> BTreeMap<String, String> {
        let mut files: BTreeMap<_, _> = RUNTIME
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .into();
        for module in &self.modules {
            files.insert(format!("{}.js", module.file()), module.code());
            files.insert(format!("{}.d.ts", module.file()), module.declarations());
        }
        files.insert("package.json".to_owned(), self.manifest());
        files.insert("README.md".to_owned(), self.read_me());
        files
    }

    /// Writes every file into a folder, which is made where it is missing. What has not changed is
    /// not touched.
    ///
    /// # Errors
    /// What the system said of a file.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        for (name, text) in self.files() {
            let path = folder.join(name);
            if fs::read_to_string(&path).is_ok_and(|present| present == text) {
                continue;
            }
            fs::write(path, text)?;
        }
        Ok(())
    }

    fn manifest(&self) -> String {
        let manifest = json!({
            "name": self.name,
            "version": self.version,
            "description": "Calls the backend of a Twinbridge app, typed by its contracts",
            "license": self.licence,
            "type": "module",
            // Importing a module declares its interface.
            "sideEffects": true,
            "exports": {
                ".": { "types": "./twinbridge.d.ts", "default": "./twinbridge.js" },
                "./*": { "types": "./*.d.ts", "default": "./*.js" },
            },
            "files": ["*.js", "*.d.ts", "*.wasm", "LICENSE-*"],
        });
        format!("{manifest:#}\n")
    }

    fn read_me(&self) -> String {
        let rows = self.modules.iter().map(|module| {
            let (file, export, info) = (module.file(), module.export(), module.info);
            let line = info.docs.lines().next().unwrap_or_default();
            format!(
                "| `{}/{file}` | `{export}` | `{}` {} | {line} |\n",
                self.name, info.channel, info.version
            )
        });
        format!(
            "# {}\n\nCalls the backend of a Twinbridge app from its pages. Written from the app's contracts; \
             changes belong there.\n\n```js\nimport {{ start }} from {:?};\n\nawait start();\n```\n\n\
             | module | exports | channel, version | |\n|---|---|---|---|\n{}\n\
             Licence: {}. The runtime (`twinbridge*`, `mismatch.js`): MIT or Apache-2.0, at your option.\n",
            self.name,
            self.name,
            rows.collect::<String>(),
            self.licence,
        )
    }
}
