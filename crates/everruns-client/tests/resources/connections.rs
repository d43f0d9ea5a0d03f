//! `Client::connections`.

use crate::script::{ask, line};

#[tokio::test]
async fn accounts_are_connected_listed_and_taken_away() {
    let list = r#"{"data":[{"provider":"daytona","connection_type":"api_key"}]}"#;
    let (asked, page) = ask(list, |client| client.connections().list()).await;
    assert_eq!((&*asked, &*page.data[0].provider), ("GET /user/connections", "daytona"));

    let (asked, connection) =
        ask(r#"{"provider":"daytona"}"#, |client| client.connections().set("daytona", "k3y")).await;
    assert_eq!((&*asked, &*connection.provider), (r#"POST /user/connections/daytona {"api_key":"k3y"}"#, "daytona"));

    // Some servers say no more than that it was done.
    let (_, connection) = ask("", |client| client.connections().set("daytona", "k3y")).await;
    assert_eq!(connection.provider, "");

    assert_eq!(line("", |client| client.connections().remove("daytona")).await, "DELETE /user/connections/daytona");
}
