//! The death of the process that a page runs in: killed, crashed, or out of memory.

use std::{fs::File, path::Path};

use twinbridge_window_driver::{Picture, eventually};

use crate::{explorer::twinbridge, plain::Plain};

const TITLE: &str = "Twinbridge";

/// Colour of the link on the page that tells of the death; on the Explorer it is that of a button.
const LINK: u32 = 0x0B_5CC4;

/// Colour of the Explorer's panels, which that page has not.
const PANEL: u32 = 0xF5_F6F8;

impl Plain {
    /// Kills the process of the only page; gives its number.
    fn kill_the_page(&self) -> u32 {
        let [page] = self.program.page_processes()[..] else {
            panic!("{:?}", self.program.page_processes());
        };
        self.program.kill_page(page);
        page
    }
}

#[test]
fn a_page_whose_process_dies_is_loaded_again_and_has_a_session_of_its_own() {
    let mut app = Plain::start(twinbridge());
    app.wait_for_session(1);
    let killed = app.kill_the_page();
    app.wait_for_log("the page's process died window=\"main\"");
    app.wait_for_log("the session ended session=1 window=\"main\" reason=the page went away");
    app.wait_for_session(2);
    assert_ne!(app.program.page_processes(), [killed]);
    assert!(app.program.is_running());
}

#[test]
fn a_page_that_dies_again_is_replaced_by_one_that_says_so_and_its_link_brings_the_page_back() {
    let mut app = Plain::start(twinbridge());
    app.wait_for_session(1);
    eventually("the page", || app.program.picture(TITLE).middle_of(PANEL));
    app.kill_the_page();
    app.wait_for_session(2);
    app.kill_the_page();
    app.wait_for_log("the page is not loaded again; the window says why window=\"main\"");
    let link = eventually("the page that tells of the death", || {
        let now = app.program.picture(TITLE);
        let link = now
            .middle_of(LINK)
            .filter(|_| now.middle_of(PANEL).is_none())?;
        keep(&now, "page-death.png");
        Some(link)
    });
    assert_eq!(app.log().matches("a page opens a session").count(), 2);

    app.program.click(TITLE, link);
    app.wait_for_session(3);
    assert!(app.program.is_running());
    let log = app.log();
    assert!(!log.contains("refused"), "{log}");
    assert_eq!(app.program.page_processes().len(), 1);
}

#[test]
fn closing_the_window_that_tells_of_the_death_ends_the_app_in_order() {
    let app = Plain::start(twinbridge());
    for session in [1, 2] {
        app.wait_for_session(session);
        app.kill_the_page();
    }
    app.wait_for_log("the page is not loaded again");
    app.program.close_window(TITLE);
    let (end, _) = app.end();
    assert_eq!(end.code, Some(0), "{}", end.stderr);
}

/// Writes a picture where a developer finds it.
pub(crate) fn keep(picture: &Picture, name: &str) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    let (width, height, rows) = picture.rows();
    let mut encoder = png::Encoder::new(File::create(folder.join(name)).unwrap(), width, height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&rows).unwrap();
}
