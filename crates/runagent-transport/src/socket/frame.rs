//! One frame on the wire (RFC 6455, section 5.2).

use bytes::{BufMut, BytesMut};

/// The longest header: two bytes, a length of eight and a mask of four.
pub(super) const MAX_HEADER: usize = 14;
/// The most that a control frame carries.
pub(super) const MAX_CONTROL: usize = 125;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

/// What stands in front of the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// The last frame of its message.
    pub(super) last: bool,
    pub(super) opcode: Opcode,
    /// Frames of clients are masked, those of servers are not.
    pub(super) mask: Option<[u8; 4]>,
    /// The size of the payload, in bytes.
    pub(super) length: u64,
}

impl Opcode {
    const ALL: [Self; 6] = [Self::Continuation, Self::Text, Self::Binary, Self::Close, Self::Ping, Self::Pong];

    const fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0x0,
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xA,
        }
    }

    pub(super) const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

impl Header {
    /// The header at the start of `bytes`, and its size; `None` when it is not complete. The error says which rule is
    /// broken.
    pub(super) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, &'static str> {
        let [first, second, rest @ ..] = bytes else { return Ok(None) };
        if first & 0x70 != 0 {
            return Err("a reserved bit is set");
        }
        let opcode = Opcode::ALL.into_iter().find(|opcode| opcode.bits() == first & 0x0F).ok_or("an unknown opcode")?;
        let last = first & 0x80 != 0;
        let short = second & 0x7F;
        if opcode.is_control() && !(last && usize::from(short) <= MAX_CONTROL) {
            return Err("a control frame that is long or in pieces");
        }
        let (length, rest) = match short {
            126 => match rest.split_first_chunk() {
                Some((length, rest)) => (u16::from_be_bytes(*length).into(), rest),
                None => return Ok(None),
            },
            127 => match rest.split_first_chunk() {
                Some((length, rest)) => (u64::from_be_bytes(*length), rest),
                None => return Ok(None),
            },
            short => (short.into(), rest),
        };
        if short != short_length(length) {
            return Err("a length that is longer than it has to be");
        }
        let (mask, rest) = match rest.split_first_chunk() {
            _ if second & 0x80 == 0 => (None, rest),
            Some((mask, rest)) => (Some(*mask), rest),
            None => return Ok(None),
        };
        Ok(Some((Self { last, opcode, mask, length }, bytes.len() - rest.len())))
    }

    /// Appends it to what is to be sent.
    pub(super) fn write(&self, output: &mut BytesMut) {
        output.put_u8(self.opcode.bits() | if self.last { 0x80 } else { 0 });
        let short = short_length(self.length);
        output.put_u8(short | if self.mask.is_some() { 0x80 } else { 0 });
        match short {
            126 => output.put_uint(self.length, 2),
            127 => output.put_u64(self.length),
            _ => {}
        }
        if let Some(mask) = self.mask {
            output.put_slice(&mask);
        }
    }
}

/// The seven bits that give the length, or how many bytes have it.
fn short_length(length: u64) -> u8 {
    match u8::try_from(length) {
        Ok(short @ 0..126) => short,
        _ if length <= u16::MAX.into() => 126,
        _ => 127,
    }
}

/// Masks bytes, or takes the mask off (section 5.3). `offset` is where in the payload they start.
pub(super) fn mask(key: [u8; 4], offset: usize, bytes: &mut [u8]) {
    let mut key = key;
    key.rotate_left(offset % 4);
    let [a, b, c, d] = key;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (chunks, rest) = bytes.as_chunks_mut();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(wide.to_ne_bytes()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_it_was_written() {
        for length in [0, 1, 125, 126, 65_535, 65_536, u64::MAX] {
            for mask in [None, Some([1, 2, 3, 4])] {
                let header = Header { last: length % 2 == 0, opcode: Opcode::Binary, mask, length };
                let mut bytes = BytesMut::new();
                header.write(&mut bytes);
                assert!(bytes.len() <= MAX_HEADER);
                for end in 0..bytes.len() {
                    assert_eq!(Header::parse(&bytes[..end]), Ok(None));
                }
                assert_eq!(Header::parse(&bytes), Ok(Some((header, bytes.len()))));
            }
        }
    }

    #[test]
    fn headers_that_break_the_rules_are_refused() {
        for bytes in [
            &b"\xC1\x00"[..],
            b"\x83\x00",
            b"\x8B\x00",
            b"\x08\x00",
            b"\x89\x7E\x00\x7E",
            b"\x82\x7E\x00\x7D",
            b"\x82\x7F\0\0\0\0\0\0\xFF\xFF",
        ] {
            assert!(Header::parse(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn a_mask_goes_on_where_it_was() {
        let key = [1, 2, 3, 4];
        let mut whole: Vec<u8> = (0..40).collect();
        let mut pieces = whole.clone();
        mask(key, 0, &mut whole);
        for (n, byte) in whole.iter().enumerate() {
            assert_eq!(*byte, u8::try_from(n).expect("small") ^ key[n % 4]);
        }
        for start in [0, 13, 26, 39] {
            let end = pieces.len().min(start + 13);
            mask(key, start, &mut pieces[start..end]);
        }
        assert_eq!(pieces, whole);
    }
}
