//! The platform, for code that is not asynchronous: see [`runagent::platform`](crate::platform).
//!
//! ```
//! use runagent::{ApiConfig, blocking::platform::Client};
//! # use runagent::{ClientOptions, transport::testing::{Reply, ScriptedTransport}};
//!
//! # fn main() -> runagent::RunAgentResult<()> {
//! # let answer = Reply::json(200, r#"{"success":true,"data":{"valid":true,"user_email":"ada@example.com"}}"#);
//! # let options = ClientOptions::new().with_transport(ScriptedTransport::new([answer]));
//! let config = ApiConfig::new().with_api_key("key");
//! # let config = config.with_options(options);
//! assert!(Client::new(config)?.validate_token()?.valid);
//! # Ok(())
//! # }
//! ```

mod client;

pub use self::client::Client;
