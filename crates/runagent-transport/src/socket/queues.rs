//! What a socket and the task that drives its connection share: two byte-counted queues, and who waits for what.

use std::{
    collections::VecDeque,
    fmt, mem,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

use super::{Message, SocketIo};
use crate::{Progress, TransportError, TransportErrorKind};

/// What a message costs beyond its payload, in bytes: empty messages are not free to keep.
const MESSAGE_COST: usize = 64;

/// The shared state. A waker is woken after the lock is released: it may run code that takes the lock.
#[derive(Default)]
pub(super) struct Queues(Mutex<State>);

#[derive(Default)]
struct State {
    inbound: Queue,
    outbound: Queue,
    /// The connection has ended: cleanly, or with the error that the reader has not got yet.
    end: Option<Result<(), TransportError>>,
    /// We have queued a Close frame, behind which nothing is sent.
    closing: bool,
    /// The socket is gone.
    dropped: bool,
    /// The task waits for room in `inbound`.
    full: bool,
    waiting: Wakers,
    woken: Wakers,
}

#[derive(Default)]
struct Queue {
    messages: VecDeque<Message>,
    bytes: usize,
}

#[derive(Default)]
struct Wakers {
    reader: Option<Waker>,
    writer: Option<Waker>,
    task: Option<Waker>,
}

/// What the task is to do next.
pub(super) struct Turn {
    pub(super) outgoing: Option<Message>,
    pub(super) may_read: bool,
    pub(super) dropped: bool,
}

impl Wakers {
    fn wake(self) {
        if let Some(reader) = self.reader {
            reader.wake();
        }
        if let Some(writer) = self.writer {
            writer.wake();
        }
        if let Some(task) = self.task {
            task.wake();
        }
    }
}

impl Queue {
    fn push(&mut self, message: Message) {
        self.bytes += message.len() + MESSAGE_COST;
        self.messages.push_back(message);
    }

    fn pop(&mut self) -> Option<Message> {
        let message = self.messages.pop_front()?;
        self.bytes -= message.len() + MESSAGE_COST;
        Some(message)
    }

    /// Whether one more message may come: one of any size, as long as the queue is below its limit.
    fn has_room(&self, limit: usize) -> bool {
        self.bytes < limit || self.messages.is_empty()
    }
}

impl State {
    fn wake_reader(&mut self) {
        self.woken.reader = self.waiting.reader.take();
    }

    fn wake_writer(&mut self) {
        self.woken.writer = self.waiting.writer.take();
    }

    fn wake_task(&mut self) {
        self.woken.task = self.waiting.task.take();
    }
}

impl Queues {
    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let result = change(&mut state);
        let woken = mem::take(&mut state.woken);
        drop(state);
        woken.wake();
        result
    }

    /// The task asks what to do. It is woken when the answer may have changed.
    pub(super) fn turn(&self, can_send: bool, queue_bytes: usize, cx: &Context<'_>) -> Turn {
        self.with(|state| {
            register(&mut state.waiting.task, cx);
            let outgoing = if can_send { state.outbound.pop() } else { None };
            if outgoing.is_some() {
                state.wake_writer();
            }
            // After a Close frame there is only the end of the connection left to read.
            let may_read = state.inbound.has_room(queue_bytes) || state.end.is_some();
            state.full = !may_read;
            Turn { outgoing, may_read, dropped: state.dropped }
        })
    }

    /// The task has read a message. Returns whether it may read the next one without asking what else there is to do.
    pub(super) fn deliver(&self, message: Message, queue_bytes: usize) -> bool {
        self.with(|state| {
            if matches!(message, Message::Close(_)) {
                state.end = Some(Ok(()));
                state.wake_writer();
            }
            state.inbound.push(message);
            state.wake_reader();
            state.inbound.has_room(queue_bytes) && state.outbound.messages.is_empty() && !state.dropped
        })
    }

    /// The task has seen the connection end. A Close frame that was delivered is the end, whatever comes after it.
    pub(super) fn end(&self, end: Result<(), TransportError>) {
        self.with(|state| {
            state.end.get_or_insert(end);
            state.wake_reader();
            state.wake_writer();
        });
    }
}

fn register(slot: &mut Option<Waker>, cx: &Context<'_>) {
    if !slot.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
        *slot = Some(cx.waker().clone());
    }
}

/// The socket's end of the queues.
pub(super) struct Handle {
    queues: Arc<Queues>,
    queue_bytes: usize,
}

impl Handle {
    pub(super) const fn new(queues: Arc<Queues>, queue_bytes: usize) -> Self {
        Self { queues, queue_bytes }
    }
}

impl SocketIo for Handle {
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, TransportError>>> {
        self.queues.with(|state| {
            if let Some(message) = state.inbound.pop() {
                // Half empty before the peer is asked for more: fewer switches between the two.
                if state.full && state.inbound.bytes <= self.queue_bytes / 2 {
                    state.full = false;
                    state.wake_task();
                }
                return Poll::Ready(Some(Ok(message)));
            }
            match state.end.replace(Ok(())) {
                Some(end) => Poll::Ready(end.err().map(Err)),
                None => {
                    state.end = None;
                    register(&mut state.waiting.reader, cx);
                    Poll::Pending
                }
            }
        })
    }

    fn poll_send(&mut self, message: &mut Option<Message>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.queues.with(|state| {
            if state.end.is_some() || state.closing {
                let message = "the socket is closed";
                return Poll::Ready(Err(TransportError::new(TransportErrorKind::Closed, Progress::NotSent, message)));
            }
            if !state.outbound.has_room(self.queue_bytes) {
                register(&mut state.waiting.writer, cx);
                return Poll::Pending;
            }
            if let Some(message) = message.take() {
                state.closing = matches!(message, Message::Close(_));
                state.outbound.push(message);
                state.wake_task();
            }
            Poll::Ready(Ok(()))
        })
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // What is left unread is dropped outside the lock.
        drop(self.queues.with(|state| {
            state.dropped = true;
            state.wake_task();
            mem::take(&mut state.inbound)
        }));
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.queues.with(|state| {
            f.debug_struct("Socket")
                .field("queued_messages", &state.inbound.messages.len())
                .field("queued_bytes", &state.inbound.bytes)
                .field("ended", &state.end.is_some())
                .finish()
        })
    }
}
