use std::{collections::VecDeque, io::Write as _};

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;

use super::*;

/// A body that arrives in pieces.
struct Pieces(VecDeque<Bytes>);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }
}

fn gzip(content: &[u8]) -> Vec<u8> {
    gzip_at(Compression::default(), content)
}

fn gzip_at(level: Compression, content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(content).expect("written");
    encoder.finish().expect("compressed")
}

/// Decodes what arrives in pieces of `size` bytes: the content, and how it ended.
fn decode(compressed: &[u8], size: usize) -> (Vec<u8>, Result<(), TransportErrorKind>) {
    let pieces = Pieces(compressed.chunks(size).map(Bytes::copy_from_slice).collect());
    let mut body = Decoded::new(Body::stream(pieces));
    let mut content = Vec::new();
    let mut cx = Context::from_waker(std::task::Waker::noop());
    loop {
        match Pin::new(&mut body).poll_frame(&mut cx) {
            Poll::Ready(Some(Ok(frame))) => {
                let data = frame.into_data().expect("data");
                assert!((1..=MAX_PIECE).contains(&data.len()));
                content.extend(data);
            }
            Poll::Ready(Some(Err(error))) => {
                assert_eq!(error.progress(), Progress::ResponseStarted);
                return (content, Err(error.kind()));
            }
            Poll::Ready(None) => return (content, Ok(())),
            Poll::Pending => panic!("all pieces are there"),
        }
    }
}

/// Content that does not compress away.
fn noise(length: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(1);
    std::iter::repeat_with(|| random.alphanumeric() as u8).take(length).collect()
}

#[test]
fn members_follow_each_other_at_every_chunking() {
    let members = [gzip(b"one "), gzip(b""), gzip(b"two "), gzip(&noise(500))].concat();
    let expected = [b"one two ".as_slice(), &noise(500)].concat();
    for size in 1..members.len() {
        assert_eq!(decode(&members, size), (expected.clone(), Ok(())), "{size}");
    }
}

#[test]
fn pieces_that_are_full_are_not_the_last() {
    for length in [MIN_PIECE - 1, MIN_PIECE, MIN_PIECE + 1, MAX_PIECE, MAX_PIECE + 1, 3 * MAX_PIECE] {
        let content = vec![b'a'; length];
        assert_eq!(decode(&gzip(&content), 1 << 20), (content, Ok(())), "{length}");
    }
}

#[test]
fn an_end_anywhere_else_is_none() {
    let compressed = [gzip(&noise(100)), gzip(b"more")].concat();
    let first = gzip(&noise(100)).len();
    for length in (1..compressed.len()).filter(|length| *length != first) {
        assert_eq!(decode(&compressed[..length], 7).1, Err(TransportErrorKind::Closed), "{length}");
    }
    assert_eq!(decode(&[], 1), (Vec::new(), Ok(())));
}

#[test]
fn what_is_no_gzip_is_an_error() {
    let compressed = gzip(&noise(100));
    for garbage in [b"garbage".as_slice(), b"\0\0garbage"] {
        let (content, end) = decode(&[&compressed, garbage].concat(), 9);
        assert_eq!((content, end), (noise(100), Err(TransportErrorKind::Protocol)));
    }
    assert_eq!(decode(b"plain text", 3).1, Err(TransportErrorKind::Protocol));
    // In the header, the checksum and the length.
    for at in [0, 2, compressed.len() - 8, compressed.len() - 1] {
        let mut broken = compressed.clone();
        broken[at] ^= 0x10;
        assert_eq!(decode(&broken, 1 << 20).1, Err(TransportErrorKind::Protocol), "{at}");
    }
}

#[test]
fn zeros_behind_the_last_member_are_padding() {
    let padded = [gzip(b"one "), gzip(b"two"), vec![0; 512]].concat();
    for size in [1, 7, 512, usize::MAX] {
        assert_eq!(decode(&padded, size), (b"one two".to_vec(), Ok(())), "{size}");
    }
    assert_eq!(decode(&[0; 512], 100).1, Err(TransportErrorKind::Protocol));
}

#[test]
fn a_flood_of_empty_members_ends_too() {
    let flood = gzip(b"").repeat(17 * 1024 * 1024 / gzip(b"").len());
    assert_eq!(decode(&flood, 1 << 20), (Vec::new(), Err(TransportErrorKind::TooLarge)));
}

#[test]
fn a_bomb_goes_off_at_the_limit() {
    let bomb = gzip_at(Compression::best(), &vec![0; 40 << 20]);
    assert!(bomb.len() < (40 << 20) / 1000, "{}", bomb.len());
    let (content, end) = decode(&bomb, 16 * 1024);
    assert_eq!(end, Err(TransportErrorKind::TooLarge));
    assert!(content.len() as u64 <= UNSUSPECTED + MAX_PIECE as u64, "{}", content.len());

    // What a page of zeros is.
    let harmless = vec![0; 16 << 20];
    assert_eq!(decode(&gzip(&harmless), 16 * 1024), (harmless, Ok(())));
    // And what is just long.
    let long = vec![0; 17 << 20];
    assert_eq!(decode(&gzip_at(Compression::none(), &long), 16 * 1024), (long, Ok(())));
}

proptest! {
    #[test]
    fn any_content_comes_back_at_any_chunking(
        content in prop::collection::vec(any::<u8>(), 0..5000),
        repeated in 1..20_usize,
        size in 1..5000_usize,
    ) {
        let content = content.repeat(repeated);
        prop_assert_eq!(decode(&gzip(&content), size), (content, Ok(())));
    }

    #[test]
    fn no_bytes_are_too_wild(
        mut compressed in prop::collection::vec(any::<u8>(), 0..500).prop_map(|content| gzip(&content)),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..5),
        size in 1..600_usize,
    ) {
        for (at, byte) in changes {
            let at = at.index(compressed.len());
            compressed[at] = byte;
        }
        let whole = decode(&compressed, usize::MAX);
        prop_assert_eq!(decode(&compressed, size).1.is_ok(), whole.1.is_ok());
    }
}
