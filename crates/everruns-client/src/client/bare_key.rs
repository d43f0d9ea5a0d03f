//! Keys for servers that want nothing beside them.

use http::{HeaderValue, header::AUTHORIZATION, request::Parts};
use runagent_transport::{Interceptor, OperationContext, TransportError};

const SCHEME: &[u8] = b"Bearer ";

/// Sends `Authorization: <key>` in the place of `Authorization: Bearer <key>`.
#[derive(Debug)]
pub(super) struct BareKey;

impl Interceptor for BareKey {
    fn before_attempt(&self, _: &OperationContext, request: &mut Parts) -> Result<(), TransportError> {
        let bare = request.headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(SCHEME));
        if let Some(Ok(mut bare)) = bare.map(HeaderValue::from_bytes) {
            bare.set_sensitive(true);
            request.headers.insert(AUTHORIZATION, bare);
        }
        Ok(())
    }
}
