//! How values are written in variables and files.

use std::time::Duration;

/// What a value looks like as text.
pub(super) struct Kind<T> {
    /// For people: what the text should be.
    pub(super) wanted: &'static str,
    pub(super) read: fn(&str) -> Option<T>,
}

pub(super) const TEXT: Kind<String> = Kind { wanted: "text", read: |text| Some(text.to_owned()) };

pub(super) const SECONDS: Kind<Duration> = Kind {
    wanted: "a number of seconds above 0, such as 30 or 0.5",
    read: |text| (DELAY.read)(text).filter(|duration| !duration.is_zero()),
};

pub(super) const DELAY: Kind<Duration> = Kind {
    wanted: "a number of seconds, such as 1 or 0.5",
    // Neither an infinity nor what is not a number fits, nor more seconds than a duration has.
    read: |text| Duration::try_from_secs_f64(text.trim().parse().ok()?).ok(),
};

pub(super) const COUNT: Kind<u32> =
    Kind { wanted: "a whole number, such as 0 or 3", read: |text| text.trim().parse().ok() };

pub(super) const FACTOR: Kind<f64> = Kind {
    wanted: "a number of 1 or more, such as 2.0",
    read: |text| text.trim().parse().ok().filter(|factor: &f64| factor.is_finite() && *factor >= 1.0),
};

pub(super) const SWITCH: Kind<bool> = Kind {
    wanted: "true or false",
    read: |text| match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    },
};

pub(super) const PORT: Kind<u16> =
    Kind { wanted: "a port, from 1 to 65535", read: |text| text.trim().parse().ok().filter(|port| *port != 0) };

#[cfg(test)]
mod tests;
