use runagent_types::{Frame, StreamFrame};

/// Whatever a stream sends is a frame or an error, and a frame that we send ourselves arrives as it was sent.
///
/// An input is a text message.
pub fn stream_frame(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let _ = (Frame::<f64>::decode(&text), Frame::<i128>::decode(&text), Frame::<String>::decode(&text));
    let Ok(frame) = StreamFrame::decode(&text) else { return };
    match &frame {
        // Nobody sends one.
        StreamFrame::Unknown { .. } => return,
        StreamFrame::Error(failure) => {
            assert!(!failure.message.is_empty() && !failure.to_string().contains(char::is_control), "{failure:?}");
        }
        _ => {}
    }
    // What an error lacks is filled in on the way: once, so that from then on it is the same.
    let sent = StreamFrame::decode(&frame.to_json()).expect("a frame");
    if !matches!(frame, StreamFrame::Error(_)) {
        assert_eq!(sent, frame);
    }
    assert_eq!(StreamFrame::decode(&sent.to_json()).expect("a frame"), sent);
}
