//! What the command line asks for, and the exit codes that scripts see.

use std::{fs::File, io::BufReader, path::Path};

use tempfile::TempDir;

use crate::explorer::twinbridge;

#[test]
fn the_version_is_printed_without_a_window() {
    let end = twinbridge().arg("--version").env("DISPLAY", "").run();
    assert_eq!(
        end.stdout,
        concat!("twinbridge ", env!("CARGO_PKG_VERSION"), "\n")
    );
    assert_eq!((end.code, end.stderr.as_str()), (Some(0), ""));
}

#[test]
fn the_help_names_every_option_and_exit_code() {
    let end = twinbridge().arg("--help").env("DISPLAY", "").run();
    for option in [
        "[FILE]",
        "--check",
        "--screenshot <OUT.png>",
        "--data-dir <DIR>",
        "--help",
        "--version",
        "Exit codes:",
        "70 ",
        "129, 130, 143",
    ] {
        assert!(end.stdout.contains(option), "{option}: {}", end.stdout);
    }
    assert_eq!((end.code, end.stderr.as_str()), (Some(0), ""));
}

#[test]
fn an_unknown_option_is_refused_with_code_2() {
    let end = twinbridge().arg("--verbose").env("DISPLAY", "").run();
    assert_eq!(end.code, Some(2));
    assert!(
        end.stderr.contains("unexpected argument '--verbose'"),
        "{}",
        end.stderr
    );
    assert_eq!(end.stdout, "");
}

#[test]
fn a_check_and_a_screenshot_at_once_are_refused_with_code_2() {
    let end = twinbridge()
        .arg("--check")
        .arg("--screenshot")
        .arg("x.png")
        .run();
    assert_eq!(end.code, Some(2));
    assert!(end.stderr.contains("cannot be used with"), "{}", end.stderr);
}

#[test]
fn a_check_of_halves_that_fit_ends_with_code_0() {
    let end = twinbridge().arg("--check").run();
    assert_eq!(end.code, Some(0), "{}", end.stderr);
    assert_eq!(end.stdout, "2 interfaces fit\n");
}

#[test]
fn the_log_is_in_the_folder_that_the_command_line_names() {
    let data = TempDir::new().unwrap();
    let end = twinbridge()
        .arg("--check")
        .arg("--data-dir")
        .arg(data.path())
        .run();
    assert_eq!(end.code, Some(0), "{}", end.stderr);
    assert_starts_with_its_own_path(&data.path().join("logs/twinbridge.log"));
}

#[test]
fn every_call_leaves_one_line_with_channel_method_session_and_duration() {
    let data = TempDir::new().unwrap();
    let end = twinbridge()
        .env("RUST_LOG", "debug")
        .arg("--screenshot")
        .arg(data.path().join("window.png"))
        .arg("--data-dir")
        .arg(data.path())
        .run();
    assert_eq!(end.code, Some(0), "{}", end.stderr);
    let log = std::fs::read_to_string(data.path().join("logs/twinbridge.log")).unwrap();
    let lines: Vec<_> = log
        .lines()
        .filter(|line| line.contains(r#"call{channel="host" method="appInfo" session=1"#))
        .collect();
    // The page asks once, and the session is its first.
    assert!(
        matches!(lines[..], [line] if line.contains("duration_us=") && line.contains("close")),
        "{lines:#?}"
    );
}

#[test]
fn without_a_folder_the_log_is_in_the_users_data_folder() {
    let home = TempDir::new().unwrap();
    let end = twinbridge()
        .arg("--check")
        .env("XDG_DATA_HOME", home.path())
        .run();
    assert_eq!(end.code, Some(0), "{}", end.stderr);
    assert_starts_with_its_own_path(&home.path().join("twinbridge/logs/twinbridge.log"));
}

#[test]
fn without_a_display_the_app_says_so_and_ends_with_code_1() {
    let end = twinbridge()
        .env("DISPLAY", ":4095")
        .env("WAYLAND_DISPLAY", "")
        .run();
    assert_eq!(end.code, Some(1), "{}", end.stderr);
    assert!(
        end.stderr
            .ends_with("twinbridge: there is no display that a window could open on\n"),
        "{}",
        end.stderr
    );
}

#[test]
fn a_screenshot_shows_the_window_with_its_file() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    let picture = folder.join("window.png");
    // One of an earlier run would pass for that of this one.
    let _ = std::fs::remove_file(&picture);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let end = twinbridge()
        .arg("--screenshot")
        .arg(&picture)
        .arg(file)
        .run();
    assert_eq!(end.code, Some(0), "{}", end.stderr);

    let (width, height, samples, pixels) = decode(&picture);
    assert_eq!((width, height), (1280, 800));
    let mut shades: Vec<&[u8]> = pixels.chunks_exact(samples).collect();
    shades.sort_unstable();
    shades.dedup();
    // Text alone has some, with its smoothed edges; a window that was not drawn has one.
    assert!(shades.len() > 50, "{} colours", shades.len());
}

#[test]
fn a_screenshot_that_cannot_be_written_ends_with_code_1() {
    let end = twinbridge()
        .arg("--screenshot")
        .arg("/nowhere/window.png")
        .run();
    assert_eq!(end.code, Some(1));
    assert!(
        end.stderr
            .contains("twinbridge: `/nowhere/window.png` could not be written: No such file"),
        "{}",
        end.stderr
    );
}

fn assert_starts_with_its_own_path(log: &Path) {
    let text = std::fs::read_to_string(log).unwrap();
    let first = text.lines().next().unwrap_or_default();
    assert!(first.contains(log.to_str().unwrap()), "{first}");
}

/// Width, height, bytes of a pixel, and all pixels.
fn decode(picture: &Path) -> (u32, u32, usize, Vec<u8>) {
    let file = BufReader::new(File::open(picture).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(frame.bit_depth, png::BitDepth::Eight);
    (
        frame.width,
        frame.height,
        frame.color_type.samples(),
        pixels,
    )
}
