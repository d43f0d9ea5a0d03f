//! Questions that an agent asks in the middle of a turn.

use super::SessionStatus;

record! {
    /// Questions that a session waits on.
    pub struct PendingQuestions {
        /// The id of the call that asked them, which the answer names.
        pub tool_call_id: String,
        /// The questions.
        pub questions: Vec<Question>,
    }
}

record! {
    /// A question.
    pub struct Question {
        /// Its id, which the answer names.
        pub id: String,
        /// What kind of answer it takes.
        pub kind: QuestionKind,
        /// What it is about, in a word or two.
        pub header: Option<String>,
        /// The question.
        pub question: String,
        /// What may be chosen.
        pub options: Vec<QuestionOption>,
        /// Whether several may be chosen.
        pub multi_select: bool,
        /// Whether an answer in other words is taken: it is, unless this says otherwise.
        pub allow_other: Option<bool>,
        /// The name of the secret that is asked for.
        pub secret_name: Option<String>,
        /// What that secret is for.
        pub purpose: Option<String>,
    }
}

record! {
    /// What may be chosen.
    pub struct QuestionOption {
        /// What stands on it, which the answer names.
        pub label: String,
        /// What it means.
        pub description: Option<String>,
        /// Whether it is the one that is suggested.
        pub default: bool,
    }
}

open_enum! {
    /// What kind of answer a question takes.
    pub enum QuestionKind {
        /// One of its options, or several.
        Choice = "choice",
        /// Words.
        Text = "text",
        /// Something secret, which the agent is not shown.
        Secret = "secret",
    }
}

request! {
    /// Answers to the questions of a session.
    ///
    /// ```
    /// use everruns_sdk::types::{AnswerQuestionsRequest, QuestionAnswer};
    ///
    /// let request = AnswerQuestionsRequest {
    ///     answers: vec![QuestionAnswer::selected("target", ["staging"])],
    ///     ..Default::default()
    /// };
    /// # assert!(request.tool_call_id.is_none());
    /// ```
    pub struct AnswerQuestionsRequest {
        /// The id of the call that asked; the oldest one, when there is none.
        pub tool_call_id: Option<String>,
        /// Whether the user answers at all: yes, unless this says otherwise.
        pub status: Option<AnswerStatus>,
        /// The answers, one a question.
        pub answers: Vec<QuestionAnswer>; always,
    }
}

request! {
    /// The answer to a question.
    pub struct QuestionAnswer {
        /// The id of the question.
        pub id: String,
        /// The labels that are chosen.
        pub selected: Vec<String>,
        /// The answer in other words.
        pub other_text: Option<String>,
    }
}

impl QuestionAnswer {
    /// What is chosen, by its labels.
    #[must_use]
    pub fn selected<T: Into<String>>(id: impl Into<String>, labels: impl IntoIterator<Item = T>) -> Self {
        Self { id: id.into(), selected: labels.into_iter().map(Into::into).collect(), other_text: None }
    }

    /// An answer in words.
    #[must_use]
    pub fn text(id: impl Into<String>, text: impl Into<String>) -> Self {
        Self { id: id.into(), selected: Vec::new(), other_text: Some(text.into()) }
    }
}

open_enum! {
    /// Whether questions are answered.
    pub enum AnswerStatus {
        /// They are.
        Answered = "answered",
        /// The user does not want to.
        Declined = "declined",
        /// The turn was cancelled.
        Cancelled = "cancelled",
        /// Nobody did in time.
        TimedOut = "timed_out",
    }
}

record! {
    /// What became of the answers.
    pub struct AnswerQuestionsResponse {
        /// Whether the questions count as answered.
        pub status: AnswerStatus,
        /// Who answered.
        pub answered_by: AnsweredBy,
        /// What the session does now.
        pub session_status: SessionStatus,
    }
}

open_enum! {
    /// Who answers questions.
    pub enum AnsweredBy {
        /// The user.
        User = "user",
        /// Nobody, in time.
        Timeout = "timeout",
        /// Nobody, since nobody is there.
        Unattended = "unattended",
    }
}
