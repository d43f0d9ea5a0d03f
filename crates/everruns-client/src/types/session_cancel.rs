//! Turns that are cancelled.

record! {
    /// What became of a turn that was to be cancelled. An empty answer leaves it empty.
    pub struct CancelResponse {
        /// Whether there was a turn.
        pub status: CancelStatus,
        /// The same in words.
        pub message: String,
    }
}

open_enum! {
    /// Whether a turn is cancelled.
    pub enum CancelStatus {
        /// It is.
        Cancelled = "cancelled",
        /// It will be (0.50).
        Accepted = "accepted",
        /// There was none.
        NoOp = "no_op",
    }
}
