//! Typed streams, in both directions.

use serde_json::json;
use twinbridge_lab_page::contract::{Course, Tally};
use twinbridge_window_driver::eventually;

use super::{Lab, read};

fn all(last: u32) -> Course {
    Course {
        count: last,
        first: 1,
        last,
        ..Course::default()
    }
}

#[test]
fn a_hundred_thousand_items_come_in_order_in_either_direction() {
    let lab = Lab::open();
    let course: Course = read(lab.act("numbers", &json!([100_000])));
    assert_eq!(course, all(100_000));
    let course: Course = read(lab.call("takeNumbers", &json!(["main", 100_000])));
    assert_eq!(course, all(100_000));
    eventually("the end of both streams", || {
        let statistics = lab.statistics("main");
        (statistics["openStreams"] == 0 && statistics["consumedStreams"] == 0).then_some(())
    });
}

#[test]
fn sixty_four_mebibytes_come_as_they_were_sent() {
    let lab = Lab::open();
    let came = lab.act("blocks", &json!([64]));
    let expected = json!({ "blocks": 64, "bytes": 64 * 1024 * 1024, "isRight": true });
    assert_eq!(came, expected);
}

#[test]
fn a_stream_that_is_dropped_half_way_ends_its_producer() {
    let lab = Lab::open();
    lab.act("consume", &json!(["endless", 100]));
    eventually("some items", || {
        let course: Course = read(lab.act("course", &json!(["endless"])));
        (course.count > 1000).then_some(())
    });
    assert_eq!(lab.statistics("main")["openStreams"], 1);
    assert_eq!(lab.tally("endless").dropped, 0);
    lab.act("drop", &json!(["endless"]));
    eventually("the end of the producer", || {
        (lab.tally("endless").dropped == 1).then_some(())
    });
    let course: Course = read(lab.act("course", &json!(["endless"])));
    assert_eq!((course.first, course.gaps, course.backs), (1, 0, 0));
    assert_eq!(lab.statistics("main")["openStreams"], 0);
    let Tally { items, .. } = lab.tally("endless");
    assert_eq!(lab.tally("endless").items, items);
}

#[test]
fn a_stream_that_fails_ends_with_its_own_error_behind_its_items() {
    let lab = Lab::open();
    for items in [0, 1, 20_000] {
        let end = lab.act("failing", &json!([items]));
        let course = if items == 0 {
            Course::default()
        } else {
            all(items)
        };
        assert_eq!(read::<Course>(end["course"].clone()), course);
        assert_eq!(
            (&end["items"], &end["isOver"]),
            (&json!(items), &json!(true))
        );
    }
}

#[test]
fn ten_streams_at_once_have_fair_shares() {
    let lab = Lab::open();
    let courses: Vec<Course> = read(lab.act("race", &json!([10, 30_000])));
    let counts = courses.iter().map(|course| course.count);
    let (least, most) = (counts.clone().min().unwrap(), counts.max().unwrap());
    assert_eq!(most, 30_000);
    assert!(least > most / 2, "{courses:?}");
    for course in courses {
        assert_eq!((course.first, course.gaps, course.backs), (1, 0, 0));
    }
    eventually("the end of all streams", || {
        (lab.statistics("main")["openStreams"] == 0).then_some(())
    });
}
