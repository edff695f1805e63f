//! The web client of iTwin.js 5.13, unmodified, against our server as against the real one.

use std::sync::LazyLock;

use crate::{
    process::Server,
    report::{Report, compare},
    rows,
};

struct Reports {
    real: Report,
    ours: Report,
}

/// Each server is asked once, for all tests.
static REPORTS: LazyLock<Reports> = LazyLock::new(|| Reports {
    real: Report::of("client/suite.cjs", &Server::real()),
    ours: Report::of("client/suite.cjs", &Server::ours()),
});

fn check(rows: &[crate::report::Row]) {
    compare(rows, &REPORTS.real, &REPORTS.ours);
}

#[test]
fn values_arrive_as_they_do_between_two_of_itwin() {
    check(&rows::values());
}

#[test]
fn bytes_arrive_wherever_they_stand_in_a_value() {
    check(&rows::bytes());
}

#[test]
fn results_that_never_change_are_asked_for_by_get_and_may_be_kept() {
    check(&rows::kept());
}

#[test]
fn the_address_says_which_model_and_the_headers_say_who() {
    check(&rows::context());
}

#[test]
fn a_request_that_is_not_answered_at_once_lives_through_the_same_events() {
    check(&rows::life());
}

#[test]
fn an_error_keeps_its_number_name_and_text() {
    check(&rows::errors());
}

#[test]
fn what_the_server_does_not_have_is_refused_in_the_same_words() {
    check(&rows::refusals());
}

#[test]
fn large_requests_and_many_at_once_are_answered_up_to_the_stated_limit() {
    check(&rows::sizes());
}

#[test]
fn no_case_is_left_out() {
    let all = rows::all();
    for report in [&REPORTS.real, &REPORTS.ours] {
        assert_eq!(report.without(all.iter()), [""; 0]);
    }
}
