//! WebSocket frames (RFC 6455 §5) from the server's side: any frame out, only correct ones in.

use tokio::io::{AsyncRead, AsyncReadExt};

use super::connection::Stop;

const CONTINUATION: u8 = 0x0;
pub(super) const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
pub(super) const CLOSE: u8 = 0x8;
pub(super) const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// The longest message a client may send.
const LONGEST_MESSAGE: usize = 16 << 20;

/// One frame as a server sends it: not masked, with the shortest form of its length.
///
/// `opcode` is the low half of the first byte; with `fin` false more fragments follow. Nothing is checked, so
/// that a script can break the rules. The bytes can be cut or changed before they are
/// [sent](super::Script::send).
///
/// ```
/// assert_eq!(runagent_transport::testing::wire::encode_frame(1, true, "hi"), [0x81, 2, b'h', b'i']);
/// ```
#[must_use]
pub fn encode_frame(opcode: u8, fin: bool, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let mut frame = vec![(u8::from(fin) << 7) | (opcode & 0x0F)];
    match payload.len() {
        length @ 0..=125 => frame.push(length as u8),
        length @ 126..=0xFFFF => {
            frame.push(126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(payload);
    frame
}

/// What a client said.
#[derive(Debug)]
pub(super) enum Message {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close { code: Option<u16>, reason: String },
}

/// Puts a client's frames together.
#[derive(Debug, Default)]
pub(super) struct Messages {
    /// Opcode and payload of the message whose last fragment is still to come.
    begun: Option<(u8, Vec<u8>)>,
    /// The client has sent Close, after which no data may come (§5.5.1).
    closed: bool,
}

impl Messages {
    pub(super) async fn next(&mut self, input: &mut (impl AsyncRead + Unpin)) -> Result<Message, Stop> {
        loop {
            let room = LONGEST_MESSAGE - self.begun.as_ref().map_or(0, |(_, begun)| begun.len());
            let frame = read_frame(input, room).await?;
            let (opcode, payload) = match (frame.opcode, self.begun.take()) {
                (CLOSE | PING | PONG, begun) => {
                    self.begun = begun;
                    self.closed |= frame.opcode == CLOSE;
                    return control(frame);
                }
                _ if self.closed => return Err(Stop::violation("a message after Close")),
                (CONTINUATION, Some((opcode, begun))) => (opcode, [begun, frame.payload].concat()),
                (TEXT | BINARY, None) => (frame.opcode, frame.payload),
                (CONTINUATION, None) => return Err(Stop::violation("a fragment of nothing")),
                (TEXT | BINARY, Some(_)) => {
                    return Err(Stop::violation("a message inside a message"));
                }
                (reserved, _) => return Err(Stop::violation(format!("opcode {reserved}"))),
            };
            if frame.fin {
                return if opcode == TEXT { utf8(payload).map(Message::Text) } else { Ok(Message::Binary(payload)) };
            }
            self.begun = Some((opcode, payload));
        }
    }
}

struct Frame {
    fin: bool,
    opcode: u8,
    payload: Vec<u8>,
}

/// One frame with its mask removed; `room` is the longest payload that is still welcome.
async fn read_frame(input: &mut (impl AsyncRead + Unpin), room: usize) -> Result<Frame, Stop> {
    let [first, second] = read_bytes(input).await?;
    if first & 0x70 != 0 {
        return Err(Stop::violation("reserved bits without an extension"));
    }
    if second & 0x80 == 0 {
        return Err(Stop::violation("a frame without a mask"));
    }
    let length = match second & 0x7F {
        126 => u64::from(u16::from_be_bytes(read_bytes(input).await?)),
        127 => u64::from_be_bytes(read_bytes(input).await?),
        length => u64::from(length),
    };
    let length = match usize::try_from(length) {
        Ok(length) if length <= room => length,
        _ => {
            return Err(Stop::violation(format!("a message of more than 16 MiB: {length}")));
        }
    };
    let mask: [u8; 4] = read_bytes(input).await?;
    let mut payload = vec![0; length];
    input.read_exact(&mut payload).await?;
    for (byte, key) in payload.iter_mut().zip(mask.into_iter().cycle()) {
        *byte ^= key;
    }
    Ok(Frame { fin: first & 0x80 != 0, opcode: first & 0x0F, payload })
}

/// Control frames are whole and short (§5.5); a Close carries nothing, or a code fit for the wire (§7.4) and a reason.
fn control(frame: Frame) -> Result<Message, Stop> {
    if !frame.fin || frame.payload.len() > 125 {
        return Err(Stop::violation("a control frame in fragments or over 125 bytes"));
    }
    match (frame.opcode, frame.payload.as_slice()) {
        (PING, _) => Ok(Message::Ping(frame.payload)),
        (PONG, _) => Ok(Message::Pong(frame.payload)),
        (_, []) => Ok(Message::Close { code: None, reason: String::new() }),
        (_, [high, low, reason @ ..]) => match u16::from_be_bytes([*high, *low]) {
            code @ (..1000 | 1004..=1006 | 1015 | 5000..) => Err(Stop::violation(format!("close code {code}"))),
            code => Ok(Message::Close { code: Some(code), reason: utf8(reason.to_vec())? }),
        },
        (_, [_]) => Err(Stop::violation("half a close code")),
    }
}

fn utf8(payload: Vec<u8>) -> Result<String, Stop> {
    String::from_utf8(payload).map_err(|_| Stop::violation("text that is not UTF-8"))
}

async fn read_bytes<const N: usize>(input: &mut (impl AsyncRead + Unpin)) -> Result<[u8; N], Stop> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes).await?;
    Ok(bytes)
}
