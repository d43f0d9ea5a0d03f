//! A stream, and the pieces in which it arrives.

use allocation_counter::measure;

/// What may be held beside what a limit allows, in bytes.
const SLACK: usize = 64 * 1024;

/// Read from an input. One byte each is: a limit; how often the stream is there, once for most values and up to 256 times,
/// which shows what grows with it; how many sizes follow; and the size of a piece. The rest is the stream.
pub(crate) struct Chunked<'a> {
    pub(crate) limit: usize,
    pub(crate) stream: Vec<u8>,
    sizes: &'a [u8],
}

impl<'a> Chunked<'a> {
    /// `None` when the input is too short.
    pub(crate) fn parse(input: &'a [u8]) -> Option<Self> {
        let [limit, repeats, count, rest @ ..] = input else { return None };
        let (sizes, stream) = rest.split_at_checked(usize::from(*count))?;
        let times = 1 << repeats.leading_ones();
        Some(Self { limit: usize::from(*limit), stream: stream.repeat(times), sizes })
    }

    /// The stream in pieces of the sizes, over and over; whole when there are none.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = &self.stream[..];
        let mut sizes = self.sizes.iter().cycle();
        std::iter::from_fn(move || {
            let size = sizes.next().map_or(rest.len(), |size| 1 + usize::from(*size));
            let (piece, after) = rest.split_at(size.min(rest.len()));
            rest = after;
            (!piece.is_empty()).then_some(piece)
        })
    }

    /// Does the work, which holds no more memory at any time than the bytes that its limits allow, a piece, and 64 KiB.
    pub(crate) fn within_memory(&self, limits: usize, work: impl FnOnce()) {
        let held = measure(work).bytes_max;
        let piece = self.pieces().map(<[u8]>::len).max().unwrap_or_default();
        assert!(held <= (limits + piece + SLACK) as u64, "{held} bytes held with limits of {limits}");
    }
}
