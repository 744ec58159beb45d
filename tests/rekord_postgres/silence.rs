//! A network that swallows everything: no answer comes any more, and no end of the connection either.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::client::Call;
use crate::foreign::start;
use crate::record::{body, model, record};
use crate::resource::Kind;
use crate::{Shared, server};

/// Passes on what comes while it is told to, and then nothing.
async fn network(to: SocketAddr) -> (SocketAddr, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound address");
    let (is_up, up) = watch::channel(true);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let Ok(server) = TcpStream::connect(to).await else {
                continue;
            };
            let ((from_client, to_client), (from_server, to_server)) =
                (client.into_split(), server.into_split());
            tokio::spawn(pass_on(from_client, to_server, up.clone()));
            tokio::spawn(pass_on(from_server, to_client, up.clone()));
        }
    });
    (address, is_up)
}

async fn pass_on(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut up: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if up.wait_for(|up| *up).await.is_err() {
            return;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

/// Guards: a request that waits for ever, and one that is told of a failure though its write takes effect.
pub(crate) async fn a_database_that_says_nothing_any_more_is_not_waited_for(shared: Shared) {
    let postgres = server(&shared).await;
    let name = postgres.create_database().await;
    let direct = postgres.url(&name);
    let authority = direct.split(['@', '/']).nth(3).expect("host and port");
    let (address, is_up) = network(authority.parse().expect("an address")).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = direct.replace(authority, &address.to_string());
    let server = start(folder.path(), &url).await;
    let mut client = server.client().await;

    let model_id = model(&mut client, &[]).await;
    let mut writes = Vec::new();
    for kind in Kind::ALL {
        let path = kind.at(&mut client, 1).await;
        writes.push((path.clone(), Call::put(&path, &kind.body("late"))));
    }
    let path = record(&mut client, &model_id, &json!({"a": 1})).await;
    let late = body(&model_id, &json!({"a": 2}));
    writes.push((path.clone(), Call::put(&path, &late)));

    // All of them wait for a lock, and when they get it nobody is there to be told.
    let mut connection = postgres.connect(&name).await;
    let lock = "BEGIN; LOCK TABLE resources, rules IN EXCLUSIVE MODE";
    let locked = sqlx::raw_sql(lock).execute(&mut connection).await;
    locked.expect("the tables are there");
    let mut answers = Vec::new();
    for (path, call) in writes {
        let mut client = server.client().await;
        answers.push((path, tokio::spawn(async move { client.send(call).await })));
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    is_up.send_replace(false);
    let freed = sqlx::raw_sql("COMMIT").execute(&mut connection).await;
    freed.expect("a commit");

    let mut paths = Vec::new();
    for (path, answer) in answers {
        let answer = answer.await.expect("an answer");
        if answer.status == 500 {
            let problem = answer.json();
            assert_eq!(problem["type"], "urn:rekord:outcome-unknown", "{path}");
            paths.push((path, 2));
        } else {
            answer.assert_problem(503);
            paths.push((path, 1));
        }
    }
    let unknown = paths.iter().filter(|(_, latest)| *latest == 2).count();
    assert!(unknown > 0, "the one statement of a model was executed");

    is_up.send_replace(true);
    for (path, latest) in paths {
        let read = client.send(Call::get(&path)).await;
        let version = read.assert_status(200).version();
        assert!((1..=latest).contains(&version), "{path}: {read:?}");
    }
}
