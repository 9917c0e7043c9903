//! Moments → days, in the zone that their column names.
//!
//! In: seconds since 1970 in UTC and the name of a zone, as Arrow writes it: `Europe/Berlin`, `Etc/GMT-2`, `+02:00`, `UTC`.
//! Out: the day on the calendar of that zone. A name that is none of these is taken for UTC, which the note on the column
//! tells.

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Where a day begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    /// Seconds east of UTC.
    Fixed(i64),
    Named(Tz),
}

impl Zone {
    /// The zone of a name, and whether it is known.
    pub(super) fn of(name: &str) -> (Self, bool) {
        let name = name.trim();
        let known = name.parse().map(Self::Named).ok().or_else(|| offset(name).map(Self::Fixed));
        known.map_or((Self::Fixed(0), false), |zone| (zone, true))
    }

    /// The day of a moment, days since 1970; `None` beyond all calendars.
    pub(super) fn day(self, seconds: i64) -> Option<i32> {
        let east = match self {
            Self::Fixed(east) => east,
            Self::Named(zone) => {
                let moment = DateTime::from_timestamp(seconds, 0)?.naive_utc();
                i64::from(zone.offset_from_utc_datetime(&moment).fix().local_minus_utc())
            }
        };
        i32::try_from(seconds.checked_add(east)?.div_euclid(DAY)).ok()
    }
}

/// Seconds east of UTC of `+02:00`, `-0530` or `Z`.
fn offset(name: &str) -> Option<i64> {
    if name.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, digits) = match name.as_bytes().first()? {
        b'+' => (1, &name[1..]),
        b'-' => (-1, &name[1..]),
        _ => return None,
    };
    let digits = digits.replace(':', "");
    let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i64>().ok();
    let (hours, minutes) = (number(0..2)?, number(2..4)?);
    (digits.len() == 4 && hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::Zone;

    #[test]
    fn a_moment_is_on_the_day_of_its_zone() {
        // 2026-02-01 23:00 and 2026-07-01 22:00 UTC are midnights in Berlin, 2026-02-02 and 2026-07-02
        for (zone, winter, summer) in [
            ("Europe/Berlin", 20_486, 20_636),
            ("UTC", 20_485, 20_635),
            ("+01:00", 20_486, 20_635),
            ("+0200", 20_486, 20_636),
            ("-05:30", 20_485, 20_635),
            ("Etc/GMT-2", 20_486, 20_636),
            ("America/New_York", 20_485, 20_635),
        ] {
            let (zone, known) = Zone::of(zone);
            assert!(known);
            let day = |seconds| zone.day(seconds);
            assert_eq!((day(1_769_986_800), day(1_782_943_200)), (Some(winter), Some(summer)), "{zone:?}");
        }
        for name in ["", "Mars/Olympus", "+2", "+25:00", "+aa:00"] {
            assert_eq!(Zone::of(name), (Zone::Fixed(0), false), "{name}");
        }
        assert_eq!((Zone::Fixed(0).day(-1), Zone::Fixed(0).day(i64::MAX)), (Some(-1), None));
        assert_eq!(Zone::of("Europe/Berlin").0.day(i64::MIN), None);
    }
}
