//! Lists that come in pages.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(feature = "http")]

use std::sync::{Arc, Mutex};

use futures_util::{FutureExt as _, StreamExt as _, stream::FusedStream as _};
use runagent_transport::{Pages, Progress, TransportError, TransportErrorKind};
use tokio::sync::Notify;

type Items = Pages<u32, TransportError>;

static_assertions::assert_impl_all!(Pages<std::marker::PhantomPinned, std::fmt::Error>: Unpin);
static_assertions::assert_impl_all!(Items: Send, futures_util::Stream);

/// A list, and the cursors that its pages were fetched with. The function gives the page after a cursor.
fn list<C>(
    first: Option<C>,
    page: impl Fn(Option<C>) -> Result<(Vec<u32>, Option<C>), TransportError> + Send + 'static,
) -> (Items, Arc<Mutex<Vec<Option<C>>>>)
where
    C: Clone + Eq + std::hash::Hash + Send + 'static,
{
    let fetched = Arc::<Mutex<Vec<Option<C>>>>::default();
    let log = fetched.clone();
    let pages = Pages::new(first, move |cursor: Option<C>| {
        log.lock().expect("no panic").push(cursor.clone());
        std::future::ready(page(cursor)).boxed()
    });
    (pages, fetched)
}

fn failure() -> TransportError {
    TransportError::new(TransportErrorKind::Closed, Progress::MaybeSent, "scripted")
}

/// All items, and the error behind them.
async fn drain(pages: &mut Items) -> (Vec<u32>, Option<TransportError>) {
    let mut items = Vec::new();
    let mut error = None;
    while let Some(item) = pages.next().await {
        assert!(error.is_none(), "something after an error");
        match item {
            Ok(item) => items.push(item),
            Err(it) => error = Some(it),
        }
    }
    assert!(pages.next().await.is_none(), "something after the end");
    (items, error)
}

#[tokio::test]
async fn pages_are_fetched_one_at_a_time_and_only_when_they_are_asked_for() {
    let (mut pages, fetched) = list(None, |cursor| match cursor {
        None => Ok((vec![1, 2], Some("b"))),
        Some("b") => Ok((vec![], Some("c"))),
        Some("c") => Ok((vec![3], None)),
        Some(other) => panic!("no page {other}"),
    });
    let count = || fetched.lock().expect("no panic").len();
    assert_eq!(count(), 0);
    for (expected, pages_by_then) in [(Some(1), 1), (Some(2), 1), (Some(3), 3), (None, 3), (None, 3)] {
        assert_eq!(pages.next().await.transpose().expect("no error"), expected);
        assert_eq!(count(), pages_by_then, "{expected:?}");
    }
    assert_eq!(*fetched.lock().expect("no panic"), [None, Some("b"), Some("c")]);
}

#[tokio::test]
async fn it_can_start_in_the_middle_and_its_cursor_can_be_a_number() {
    let (mut pages, fetched) = list(Some(20_u64), |offset| {
        let offset = offset.expect("an offset");
        Ok((vec![u32::try_from(offset).expect("small")], (offset < 40).then_some(offset + 10)))
    });
    assert_eq!(drain(&mut pages).await.0, [20, 30, 40]);
    assert_eq!(*fetched.lock().expect("no panic"), [Some(20), Some(30), Some(40)]);
}

#[tokio::test]
async fn an_error_is_the_last_item() {
    let (mut pages, fetched) = list(None, |cursor: Option<u8>| match cursor {
        None => Ok((vec![1], Some(1))),
        Some(_) => Err(failure()),
    });
    let (items, error) = drain(&mut pages).await;
    assert_eq!((items, error.map(|error| error.kind())), (vec![1], Some(TransportErrorKind::Closed)));
    assert_eq!(fetched.lock().expect("no panic").len(), 2);
}

#[tokio::test]
async fn a_cursor_that_was_there_before_is_an_error_after_the_items() {
    // The next one, the one before, the first, and that of the caller.
    for (first, chain) in [
        (None, &[(None, 1), (Some(1), 1)][..]),
        (None, &[(None, 1), (Some(1), 2), (Some(2), 1)]),
        (None, &[(None, 1), (Some(1), 2), (Some(2), 3), (Some(3), 1)]),
        (Some(7), &[(Some(7), 8), (Some(8), 7)]),
    ] {
        let (mut pages, fetched) = list(first, move |cursor| {
            let next = chain.iter().find(|(from, _)| *from == cursor).expect("a page").1;
            Ok((vec![cursor.unwrap_or_default()], Some(next)))
        });
        let (items, error) = drain(&mut pages).await;
        assert_eq!(items.len(), chain.len());
        assert_eq!(fetched.lock().expect("no panic").len(), chain.len());
        let error = error.expect("an error");
        assert_eq!(error.kind(), TransportErrorKind::Protocol);
        assert_eq!(error.to_string(), "the server's list has no end: it gave the cursor of a page for the second time");
    }
}

#[tokio::test]
async fn a_hundred_pages_without_an_item_are_enough() {
    let (mut pages, fetched) = list(None, |cursor: Option<u32>| Ok((vec![], Some(cursor.unwrap_or_default() + 1))));
    let (items, error) = drain(&mut pages).await;
    assert_eq!((items.len(), fetched.lock().expect("no panic").len()), (0, 100));
    assert_eq!(error.expect("an error").kind(), TransportErrorKind::Protocol);

    // An item starts the row anew, and the last of a hundred may be the end.
    let (mut pages, _) = list(None, |cursor: Option<u32>| {
        let page = cursor.unwrap_or_default();
        Ok((if page == 99 { vec![page] } else { vec![] }, (page < 199).then_some(page + 1)))
    });
    let (items, error) = drain(&mut pages).await;
    assert!(items == [99] && error.is_none(), "{error:?}");
}

#[tokio::test]
async fn nothing_is_lost_when_next_is_dropped() {
    let gate = Arc::new(Notify::new());
    let fetched = Arc::<Mutex<u32>>::default();
    let (open, count) = (gate.clone(), fetched.clone());
    let mut pages: Items = Pages::new(None::<u8>, move |_| {
        *count.lock().expect("no panic") += 1;
        let open = open.clone();
        async move {
            open.notified().await;
            Ok((vec![1, 2], None))
        }
        .boxed()
    });
    for _ in 0..3 {
        assert!(pages.next().now_or_never().is_none());
    }
    gate.notify_one();
    assert_eq!(pages.next().await.transpose().expect("no error"), Some(1));
    assert_eq!(pages.next().now_or_never().flatten().transpose().expect("no error"), Some(2));
    assert_eq!(*fetched.lock().expect("no panic"), 1);
}

#[tokio::test]
async fn it_is_a_stream_that_may_be_polled_after_its_end() {
    let (pages, _) = list(None, |cursor: Option<u8>| Ok((vec![1, 2], cursor.is_none().then_some(1))));
    assert_eq!(format!("{pages:?}"), r#"Pages { at_hand: 0, state: "more" }"#);
    let items: Vec<_> = pages.map(|item| item.expect("no error")).collect().await;
    assert_eq!(items, [1, 2, 1, 2]);
    let mut fused = list(None, |_: Option<u8>| Ok((vec![], None))).0.fuse();
    assert!(fused.next().await.is_none() && fused.is_terminated());
}
