//! Numbers, as people read them.

use std::time::Duration;

const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];

/// Writes a share with one digit, as in `4.2 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// Writes an amount of bytes in the unit that fits, as in `1.5 GiB`.
pub(super) fn bytes(amount: f64) -> String {
    let (mut amount, mut unit) = (amount, "bytes");
    for larger in UNITS {
        if amount < 1024.0 {
            break;
        }
        (amount, unit) = (amount / 1024.0, larger);
    }
    if unit == "bytes" { format!("{amount:.0} {unit}") } else { format!("{amount:.1} {unit}") }
}

/// Writes an age in the unit that fits, as in `75 s`.
pub(super) fn age(age: Duration) -> String {
    match age.as_secs() {
        0..2 => format!("{} ms", age.as_millis()),
        seconds @ 2..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

/// Refuses what is no share; `name` is what sets each.
pub(super) fn refuse_shares(name: [&str; 2], of: [f64; 2]) -> Result<(), String> {
    let wrong = of.iter().zip(name).find(|(share, _)| !(0.0..=1.0).contains(*share));
    match wrong {
        Some((share, name)) => Err(format!("`{name}({share})` is no share; write one from 0.0 to 1.0")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_in_the_unit_that_fits() {
        assert_eq!(bytes(0.0), "0 bytes");
        assert_eq!(bytes(1023.0), "1023 bytes");
        assert_eq!(bytes(1536.0), "1.5 KiB");
        assert_eq!(bytes(3.0 * 1024.0_f64.powi(5)), "3.0 PiB");
        assert_eq!(bytes(2048.0 * 1024.0_f64.powi(5)), "2048.0 PiB");
        assert_eq!(percent(0.042), "4.2 %");
        let aged = |millis| age(Duration::from_millis(millis));
        assert_eq!([aged(1_999), aged(2_000), aged(119_000)], ["1999 ms", "2 s", "119 s"]);
        assert_eq!([aged(120_000), aged(7_200_000), aged(172_800_000)], ["2 min", "2 h", "2 days"]);
    }
}
