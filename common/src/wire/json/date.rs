//! A point in time as JavaScript's `Date` writes it into JSON.
//!
//! Writing only: on the way in a date is text like any other, as in JavaScript. Used by iTwin's
//! dialect alone; our own has a marker for dates.

/// The farthest from 1970 that JavaScript's dates reach, in milliseconds.
const MAX_MILLISECONDS: f64 = 8.64e15;
const MILLISECONDS_PER_DAY: i64 = 86_400_000;

/// `Date.prototype.toISOString`; `None` for an invalid date.
pub(super) fn iso(milliseconds: f64) -> Option<String> {
    if milliseconds.is_nan() || milliseconds.abs() > MAX_MILLISECONDS {
        return None;
    }
    let milliseconds = milliseconds.trunc() as i64;
    let (year, month, day) = civil(milliseconds.div_euclid(MILLISECONDS_PER_DAY));
    let rest = milliseconds.rem_euclid(MILLISECONDS_PER_DAY);
    let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
    let (second, fraction) = (rest / 1000 % 60, rest % 1000);
    let year = match year {
        0..=9999 => format!("{year:04}"),
        // Years of more digits have a sign and six of them.
        _ => format!("{year:+07}"),
    };
    Some(format!(
        "{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:03}Z"
    ))
}

/// Year, month and day of a day counted from 1970, in the Gregorian calendar at all times.
fn civil(days: i64) -> (i64, i64, i64) {
    // Counted from the first of March of year 0, so that the leap day ends a year, and in
    // cycles of 400 years, which all have the same number of days.
    let days = days + 719_468;
    let (cycle, day_of_cycle) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_cycle =
        (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
    let day_of_year =
        day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_cycle + cycle * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_javascript_writes_them() {
        for (milliseconds, text) in [
            (0.0, "1970-01-01T00:00:00.000Z"),
            (-1.0, "1969-12-31T23:59:59.999Z"),
            (1_700_000_000_123.9, "2023-11-14T22:13:20.123Z"),
            (951_782_400_000.0, "2000-02-29T00:00:00.000Z"),
            (253_402_300_800_000.0, "+010000-01-01T00:00:00.000Z"),
            (-62_198_755_200_000.0, "-000001-01-01T00:00:00.000Z"),
            (8.64e15, "+275760-09-13T00:00:00.000Z"),
            (-8.64e15, "-271821-04-20T00:00:00.000Z"),
        ] {
            assert_eq!(iso(milliseconds).as_deref(), Some(text));
        }
        for invalid in [f64::NAN, f64::INFINITY, 8.641e15] {
            assert_eq!(iso(invalid), None);
        }
    }
}
