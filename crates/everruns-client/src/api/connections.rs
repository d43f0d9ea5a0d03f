//! Accounts of the user with other services.

use bytes::Bytes;
use http::{Method, Response};

use crate::{
    Result,
    call::{Call, json},
    list::{List, Paging},
    types::{ConnectRequest, Connection, Secret},
};

resource! {
    /// Accounts of the user with other services, which agents may use: [`Client::connections`](crate::Client::connections).
    ///
    /// ```
    /// use everruns_sdk::{Client, testing::FakeEverruns};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> everruns_sdk::Result<()> {
    /// # let client = Client::builder().api_key("key").transport(FakeEverruns::new()).build();
    /// client.connections().set("daytona", "key-of-the-account").await?;
    /// client.connections().remove("daytona").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub struct Connections;
}

impl Connections {
    /// The accounts that are connected: `GET /v1/user/connections`. Its [filter](List::filter) is `provider`.
    pub fn list(&self) -> List<Connection> {
        List::new(&self.service, &["user", "connections"], "list_user_connections", Paging::Whole)
    }

    /// Connects an account by its API key: `POST /v1/user/connections/{provider}`. A server that does not tell what became of
    /// it leaves the answer empty.
    pub fn set(&self, provider: &str, api_key: impl Into<Secret>) -> Call<Connection> {
        let body = ConnectRequest { api_key: api_key.into() };
        let segments = ["user", "connections", provider];
        self.service.call_with(Method::POST, &segments, "set_user_connection", &body, read)
    }

    /// Takes an account away: `DELETE /v1/user/connections/{provider}`.
    pub fn remove(&self, provider: &str) -> Call<()> {
        self.service.delete(&["user", "connections", provider], "delete_user_connection")
    }
}

fn read(operation: &'static str, response: Response<Bytes>) -> Result<Connection> {
    if response.body().is_empty() { Ok(Connection::default()) } else { json(operation, response) }
}
