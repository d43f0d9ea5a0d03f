//! Lists that come in pages.

use std::{
    collections::HashSet,
    fmt,
    hash::Hash,
    pin::Pin,
    task::{Context, Poll},
    vec,
};

use futures_core::Stream;

use crate::{BoxFuture, Progress, TransportError, TransportErrorKind};

/// How many pages without an item may follow each other.
const MAX_EMPTY_PAGES: usize = 100;

/// The items of a list that a server gives in pages: a [`Stream`] that fetches a page when the items of the one before have
/// been taken, and never more than one.
///
/// An error of the function that fetches is the last item; after it, and after the end, comes `None` for ever. A server that
/// would keep it going for ever is an error too, of the kind [`Protocol`](TransportErrorKind::Protocol): one that gives a
/// cursor a second time, as the page after it would be the same again, and one that gives 100 pages in a row without an
/// item. What was fetched by then comes first.
///
/// ```
/// use runagent_transport::{Api, BaseUrl, Pages, TransportError, testing::{Reply, ScriptedTransport}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // What comes before the `|` is the cursor of the next page.
/// let transport = ScriptedTransport::new([Reply::json(200, "p2|a b"), Reply::json(200, "|c")]);
/// let api = Api::builder(BaseUrl::parse("https://api.example.com")?, transport.clone()).build();
///
/// let mut agents = Pages::new(None, move |cursor: Option<String>| {
///     let mut request = api.get(&["agents"]);
///     if let Some(cursor) = &cursor {
///         request = request.query("cursor", cursor);
///     }
///     Box::pin(async move {
///         let response = request.send().await?;
///         let text = String::from_utf8_lossy(response.body());
///         let (next, items) = text.split_once('|').unwrap_or_default();
///         let items = items.split(' ').map(str::to_owned).collect();
///         Ok::<_, TransportError>((items, (!next.is_empty()).then(|| next.to_owned())))
///     })
/// });
/// let mut names: Vec<String> = Vec::new();
/// while let Some(name) = agents.next().await.transpose()? {
///     names.push(name);
/// }
/// assert_eq!(names, ["a", "b", "c"]);
/// assert_eq!(transport.requests()[1].uri().query(), Some("cursor=p2"));
/// # Ok(())
/// # }
/// ```
#[must_use = "a stream does nothing unless it is polled"]
pub struct Pages<T, E> {
    /// What is left of the page.
    items: vec::IntoIter<T>,
    state: State<T, E>,
}

enum State<T, E> {
    Fetching(Page<T, E>),
    /// There is a page more.
    More(Rest<T, E>),
    Ended,
}

/// A page on its way: its items and, unless it is the last, what follows.
type Page<T, E> = BoxFuture<'static, Result<(Vec<T>, Option<Rest<T, E>>), E>>;

/// Fetches the page that follows. It knows the cursor, so that the type of the stream need not.
struct Rest<T, E>(Box<dyn FnOnce() -> Page<T, E> + Send>);

impl<T, E> Pages<T, E> {
    /// The items from the `first` cursor on, or from the start of the list. `fetch` takes the cursor of a page, and gives its
    /// items and the cursor of the next one, or `None` with the last. Nothing is fetched before the first poll.
    pub fn new<C, F>(first: Option<C>, fetch: F) -> Self
    where
        T: 'static,
        E: From<TransportError> + 'static,
        C: Clone + Eq + Hash + Send + 'static,
        F: FnMut(Option<C>) -> BoxFuture<'static, Result<(Vec<T>, Option<C>), E>> + Send + 'static,
    {
        let list = List { fetch, cursors: HashSet::new(), empty_pages: 0 };
        let rest = Rest(Box::new(move || list.page(first)));
        Self { items: Vec::new().into_iter(), state: State::More(rest) }
    }

    /// The next item, for which a page is fetched when there is none at hand; `None` at the end, and after an error.
    ///
    /// # Errors
    ///
    /// What the function that fetches says, and an error of the kind [`Protocol`](TransportErrorKind::Protocol) about a
    /// server whose list has no end. Nothing follows it.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the page stays on its way, and no item is lost.
    pub async fn next(&mut self) -> Option<Result<T, E>> {
        std::future::poll_fn(|cx| self.poll_item(cx)).await
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, E>>> {
        loop {
            if let Some(item) = self.items.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            self.state = match std::mem::replace(&mut self.state, State::Ended) {
                State::Ended => return Poll::Ready(None),
                State::More(Rest(fetch)) => State::Fetching(fetch()),
                State::Fetching(mut page) => match page.as_mut().poll(cx) {
                    Poll::Pending => {
                        self.state = State::Fetching(page);
                        return Poll::Pending;
                    }
                    Poll::Ready(Ok((items, rest))) => {
                        self.items = items.into_iter();
                        rest.map_or(State::Ended, State::More)
                    }
                    Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                },
            };
        }
    }
}

/// Where the pages come from.
struct List<C, F> {
    fetch: F,
    /// All that a page was fetched with.
    cursors: HashSet<C>,
    /// How many came last without an item.
    empty_pages: usize,
}

impl<C: Clone + Eq + Hash + Send + 'static, F> List<C, F> {
    fn page<T, E>(mut self, cursor: Option<C>) -> Page<T, E>
    where
        T: 'static,
        E: From<TransportError> + 'static,
        F: FnMut(Option<C>) -> BoxFuture<'static, Result<(Vec<T>, Option<C>), E>> + Send + 'static,
    {
        self.cursors.extend(cursor.clone());
        let page = (self.fetch)(cursor);
        Box::pin(async move {
            let (items, next) = page.await?;
            self.empty_pages = if items.is_empty() { self.empty_pages + 1 } else { 0 };
            let Some(next) = next else { return Ok((items, None)) };
            let rest = match self.loops(&next) {
                // The items go first.
                Some(error) => Rest(Box::new(move || Box::pin(async move { Err(error.into()) }))),
                None => Rest(Box::new(move || self.page(Some(next)))),
            };
            Ok((items, Some(rest)))
        })
    }

    /// Whether the list would never end.
    fn loops(&self, next: &C) -> Option<TransportError> {
        let fault = if self.cursors.contains(next) {
            "it gave the cursor of a page for the second time"
        } else if self.empty_pages >= MAX_EMPTY_PAGES {
            "it gave 100 pages in a row without an item"
        } else {
            return None;
        };
        let message = format!("the server's list has no end: {fault}");
        Some(TransportError::new(TransportErrorKind::Protocol, Progress::ResponseStarted, message))
    }
}

// An item is moved, and never polled.
impl<T, E> Unpin for Pages<T, E> {}

impl<T, E> Stream for Pages<T, E> {
    type Item = Result<T, E>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_item(cx)
    }
}

impl<T, E> fmt::Debug for Pages<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Fetching(_) => "fetching",
            State::More(_) => "more",
            State::Ended => "ended",
        };
        f.debug_struct("Pages").field("at_hand", &self.items.len()).field("state", &state).finish()
    }
}
