use runagent_transport::ApiRequest;

/// Which projects to list, for [`Client::projects`](super::Client::projects): a page of the list.
///
/// ```
/// use runagent::platform::ProjectQuery;
///
/// let second = ProjectQuery::new().with_page(2).with_per_page(50);
/// # assert_ne!(second, ProjectQuery::new());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProjectQuery {
    pub(super) page: u32,
    per_page: u32,
    include_stats: bool,
}

impl ProjectQuery {
    /// The first page, of 20 projects, without their statistics.
    #[must_use]
    pub const fn new() -> Self {
        Self { page: 1, per_page: 20, include_stats: false }
    }

    /// Sets the page, from 1.
    #[must_use]
    pub const fn with_page(mut self, page: u32) -> Self {
        self.page = page;
        self
    }

    /// Sets how many projects a page has.
    #[must_use]
    pub const fn with_per_page(mut self, per_page: u32) -> Self {
        self.per_page = per_page;
        self
    }

    /// Sets whether each project comes with its statistics, in [`Project::other`](super::Project::other).
    #[must_use]
    pub const fn with_include_stats(mut self, include_stats: bool) -> Self {
        self.include_stats = include_stats;
        self
    }

    pub(super) fn apply(self, request: ApiRequest) -> ApiRequest {
        request
            .query("page", self.page.to_string())
            .query("per_page", self.per_page.to_string())
            .query("include_stats", self.include_stats.to_string())
    }
}

impl Default for ProjectQuery {
    fn default() -> Self {
        Self::new()
    }
}
