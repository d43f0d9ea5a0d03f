//! When budgets are filled again.

tagged! {
    /// When a budget is filled again, told apart by its `type`.
    ///
    /// ```
    /// use everruns_sdk::types::BudgetPeriod;
    ///
    /// let period = BudgetPeriod::calendar("month");
    /// assert_eq!(period.kind(), "calendar");
    /// ```
    pub enum BudgetPeriod by "type" {
        /// So long after it was filled last.
        Duration(DurationPeriod) = "duration",
        /// The same, in other words.
        Rolling(RollingPeriod) = "rolling",
        /// When a day, week or the like begins, in UTC.
        Calendar(CalendarPeriod) = "calendar",
    }
}

impl BudgetPeriod {
    /// So many seconds after it was filled last.
    #[must_use]
    pub fn seconds(seconds: u64) -> Self {
        Self::Duration(DurationPeriod { seconds, ..DurationPeriod::default() })
    }

    /// When an `hour`, `day`, `week`, `month` or `year` begins, in UTC.
    #[must_use]
    pub fn calendar(unit: impl Into<CalendarUnit>) -> Self {
        Self::Calendar(CalendarPeriod { unit: unit.into(), ..CalendarPeriod::default() })
    }
}

shared! {
    /// So long after a budget was filled last.
    pub struct DurationPeriod {
        /// How long, in seconds.
        pub seconds: u64; always,
    }
}

shared! {
    /// So long after a budget was filled last.
    pub struct RollingPeriod {
        /// How long, such as `5h` or `30d`.
        pub window: String; always,
    }
}

shared! {
    /// When a day, week or the like begins, in UTC.
    pub struct CalendarPeriod {
        /// Which of them.
        pub unit: CalendarUnit; always,
    }
}

open_enum! {
    /// A part of the calendar.
    pub enum CalendarUnit {
        /// An hour.
        Hour = "hour",
        /// A day.
        Day = "day",
        /// A week.
        Week = "week",
        /// A month.
        Month = "month",
        /// A year.
        Year = "year",
    }
}
