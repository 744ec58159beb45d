//! A wire between the store and the server that is cut at a chosen moment.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinHandle,
};

/// What happens to the first message with a pattern in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The server never gets it.
    Before,
    /// The server has answered it; the client never gets the answer.
    After,
    /// The server never gets it, and the client is not told: the wire is dead.
    Silence,
}

/// The pattern, and what happens to it.
type Plan = Option<(&'static [u8], Cut)>;

pub(crate) struct Proxy {
    port: u16,
    plan: Arc<Mutex<Plan>>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn start(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("there is a free port");
        let port = listener.local_addr().expect("a bound address").port();
        let plan: Arc<Mutex<Plan>> = Arc::default();
        let accepting = tokio::spawn({
            let plan = Arc::clone(&plan);
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    if let Ok(upstream) = TcpStream::connect(("127.0.0.1", server)).await {
                        tokio::spawn(wire(client, upstream, Arc::clone(&plan)));
                    }
                }
            }
        });
        Self {
            port,
            plan,
            accepting,
        }
    }

    /// The address of a database through this wire.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Cuts the connection that sends `pattern` next.
    pub(crate) fn cut(&self, pattern: &'static [u8], cut: Cut) {
        *self.plan.lock().unwrap_or_else(PoisonError::into_inner) = Some((pattern, cut));
    }

    pub(crate) fn has_cut(&self) -> bool {
        self.plan
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_none()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn wire(client: TcpStream, upstream: TcpStream, plan: Arc<Mutex<Plan>>) {
    let (mut from_client, to_client) = client.into_split();
    let (from_server, mut to_server) = upstream.into_split();
    let is_silent = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let answers = tokio::spawn(answers(from_server, to_client, Arc::clone(&is_silent)));
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from_client.read(&mut buffer).await {
        let message = &buffer[..length];
        let cut = {
            let mut plan = plan.lock().unwrap_or_else(PoisonError::into_inner);
            let matches = plan.is_some_and(|(pattern, _)| {
                message
                    .windows(pattern.len())
                    .any(|window| window == pattern)
            });
            if matches {
                plan.take().map(|(_, cut)| cut)
            } else {
                None
            }
        };
        match cut {
            None => {
                if to_server.write_all(message).await.is_err() {
                    break;
                }
            }
            Some(Cut::Before) => break,
            Some(Cut::Silence) => std::future::pending().await,
            Some(Cut::After) => {
                is_silent.store(true, std::sync::atomic::Ordering::SeqCst);
                if to_server.write_all(message).await.is_ok() {
                    // The half that answers ends with the first answer.
                    let _ = answers.await;
                }
                return;
            }
        }
    }
    answers.abort();
}

async fn answers(
    mut from_server: OwnedReadHalf,
    mut to_client: OwnedWriteHalf,
    is_silent: Arc<std::sync::atomic::AtomicBool>,
) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
        if is_silent.load(std::sync::atomic::Ordering::SeqCst)
            || to_client.write_all(&buffer[..length]).await.is_err()
        {
            break;
        }
    }
}
