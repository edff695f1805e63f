//! Which HTTP status iTwin.js 5.x gives an error by its number.
//!
//! A setting, off by default: a client of iTwin.js drops the body of most of these, and with it
//! the error; with 500 it shows it.

use crate::rpc::RpcError;

/// iTwin's number of a request for another version: `RpcInterfaceStatus.IncompatibleVersion`.
pub const INCOMPATIBLE_VERSION: i64 = RpcError::INCOMPATIBLE_VERSION_NUMBER as i64;
/// iTwin's number of errors without one: `BentleyStatus.ERROR`.
pub const ERROR: i64 = RpcError::ERROR_NUMBER as i64;
/// iTwin's number of a request without a result: `IModelStatus.NoContent`.
pub const NO_CONTENT: i64 = RpcError::NO_CONTENT_NUMBER as i64;

/// The HTTP status of an error's number. iTwin.js: `StatusCategory`.
#[must_use]
pub fn http_status(number: Option<i64>) -> u16 {
    match number {
        Some(0) => 200,
        Some(
            65_539..=65_543
            | 65_556..=65_560
            | 65_565..=65_569
            | 65_577
            | 65_587
            | 65_590
            | 65_595..=65_600
            | 65_602
            | 65_608,
        ) => 400,
        Some(
            65_546 | 65_549 | 65_553 | 65_564 | 65_576 | 65_580 | 65_582 | 65_583 | 65_591 | 65_592
            | 65_601 | INCOMPATIBLE_VERSION,
        ) => 403,
        Some(65_551 | 65_574 | 65_593) => 404,
        Some(65_603) => 408,
        Some(65_547 | 65_548 | 65_550 | 65_554 | 65_561) => 409,
        Some(65_573) => 422,
        Some(65_570 | 65_578 | 65_579 | NO_CONTENT) => 204,
        Some(65_605 | 65_606) => 501,
        Some(147_462) => 202,
        _ => 500,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_statuses_that_itwin_gives_them() {
        for (status, numbers) in [
            (
                400,
                &[
                    65_539, 65_540, 65_541, 65_542, 65_543, 65_556, 65_557, 65_558, 65_559, 65_560,
                    65_565, 65_566, 65_567, 65_568, 65_569, 65_577, 65_587, 65_590, 65_595, 65_600,
                    65_602, 65_608,
                ][..],
            ),
            (
                403,
                &[
                    65_546, 65_549, 65_553, 65_564, 65_576, 65_580, 65_582, 65_583, 65_591, 65_592,
                    65_601, 135_168,
                ],
            ),
            (404, &[65_551, 65_574, 65_593]),
            (408, &[65_603]),
            (409, &[65_547, 65_548, 65_550, 65_554, 65_561]),
            (422, &[65_573]),
            (204, &[65_570, 65_578, 65_579, 65_604]),
            (501, &[65_605, 65_606]),
            (202, &[147_462]),
            (200, &[0]),
            (500, &[1, 32_768, 65_536, 65_544, 65_607, -1]),
        ] {
            for number in numbers {
                assert_eq!(http_status(Some(*number)), status, "{number}");
            }
        }
        assert_eq!(http_status(None), 500);
    }
}
