use std::{fmt::Debug, future::poll_fn, hint::black_box, pin::Pin};

use tower::Service;

/// What is measured: a service, and the bare one on the same requests.
pub struct Case {
    /// Its name in tables, in the CSV and in the budgets.
    pub name: &'static str,
    /// Whose cost it is.
    pub role: Role,
    /// Whether its instructions and allocations say something.
    pub is_counted: bool,
    sides: Box<dyn Fn() -> Sides>,
}

/// Whose cost a case shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Nobody's: the service that others are compared with.
    Bare,
    /// That of another crate, or of what users write by hand.
    Peer,
    /// Ours.
    Ours,
}

/// Both services of a case, ready to be called.
pub struct Sides {
    /// The service alone.
    pub bare: Side,
    /// What the case is about.
    pub measured: Side,
}

/// Prepares so many calls of a service: their requests exist when it returns.
pub type Side = Box<dyn FnMut(usize) -> Batch>;

/// Calls, to be polled to their end.
pub type Batch = Pin<Box<dyn Future<Output = ()>>>;

impl Case {
    pub(super) fn new(name: &'static str, role: Role, sides: impl Fn() -> Sides + 'static) -> Self {
        Self {
            name,
            role,
            is_counted: true,
            sides: Box::new(sides),
        }
    }

    /// For a case whose cost no counter of this thread's instructions sees.
    pub(super) fn timed_alone(self) -> Self {
        Self {
            is_counted: false,
            ..self
        }
    }

    /// Whether `benches/budgets.toml` has a budget for it.
    #[must_use]
    pub fn has_budget(&self) -> bool {
        self.role == Role::Ours && self.is_counted
    }

    /// Makes the services, within a tokio runtime.
    #[must_use]
    pub fn sides(&self) -> Sides {
        (self.sides)()
    }
}

/// The status code of either `http`'s responses.
pub(super) trait Answer {
    fn code(&self) -> u16;
}

impl<B> Answer for http::Response<B> {
    fn code(&self) -> u16 {
        self.status().as_u16()
    }
}

impl<B> Answer for http_02::Response<B> {
    fn code(&self) -> u16 {
        self.status().as_u16()
    }
}

/// Calls of `service` with the requests that `request` makes of a running number, each with the
/// status that its answer must have.
pub(super) fn side<S, Req>(service: S, request: impl Fn(usize) -> (Req, u16) + 'static) -> Side
where
    S: Service<Req, Response: Answer, Error: Debug> + Clone + 'static,
    Req: 'static,
{
    let mut made = 0;
    Box::new(move |calls| {
        let requests = (made..made + calls).map(&request).collect();
        made += calls;
        Box::pin(call_all(service.clone(), requests))
    })
}

async fn call_all<S, Req>(mut service: S, requests: Vec<(Req, u16)>)
where
    S: Service<Req, Response: Answer, Error: Debug>,
{
    for (request, status) in requests {
        let ready = poll_fn(|cx| service.poll_ready(cx)).await;
        ready.expect("the services of the cases are always ready");
        let answer = service.call(request).await;
        let answer = black_box(answer.expect("the services of the cases answer"));
        assert_eq!(answer.code(), status);
    }
}
