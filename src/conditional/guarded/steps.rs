use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;

use crate::{
    conditional::event::EventKind,
    current::Current,
    store::{Effect, GuardedStore},
};

use super::exchange::Exchange;

/// What is left to do for keys, in order.
pub(super) type Queue<K> = VecDeque<(K, Step)>;

/// Something to do for a key, after the write.
pub(super) enum Step {
    Raise(Effect),
    /// It exists now: where the store has not seen it, it gets a version.
    Register,
}

pin_project! {
    /// What is left to do before the answer goes out. A step that fails is told, and the next is
    /// taken.
    pub(super) struct Steps<St, K>
    where
        St: GuardedStore<K>,
    {
        #[pin]
        stage: Stage<St, K>,
        queue: Queue<K>,
    }
}

pin_project! {
    #[project = StageProj]
    enum Stage<St, K>
    where
        St: GuardedStore<K>,
    {
        Next,
        Raise {
            #[pin]
            raise: St::Raise,
        },
        Register {
            #[pin]
            adopt: St::Current,
            key: Option<K>,
        },
    }
}

impl<St: GuardedStore<K>, K> Steps<St, K> {
    pub(super) const fn new() -> Self {
        Self {
            stage: Stage::Next,
            queue: VecDeque::new(),
        }
    }

    pub(super) fn queue(self: Pin<&mut Self>) -> &mut Queue<K> {
        self.project().queue
    }
}

impl<St, K> Steps<St, K>
where
    St: GuardedStore<K>,
    K: Clone + fmt::Debug,
{
    /// Ready when all is done.
    pub(super) fn poll_done<X>(
        self: Pin<&mut Self>,
        exchange: &Exchange<St, X, K>,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let mut this = self.project();
        let store = &exchange.shared.store;
        loop {
            let failed = match this.stage.as_mut().project() {
                StageProj::Next => {
                    let Some((key, step)) = this.queue.pop_front() else {
                        return Poll::Ready(());
                    };
                    match step {
                        Step::Raise(effect) => {
                            let raise = store.raise(key, effect);
                            this.stage.set(Stage::Raise { raise });
                        }
                        Step::Register => {
                            if let Some(adopt) = store.adopt(key.clone()) {
                                let key = Some(key);
                                this.stage.set(Stage::Register { adopt, key });
                            }
                        }
                    }
                    continue;
                }
                StageProj::Raise { raise } => ready!(raise.poll(cx)).err(),
                StageProj::Register { adopt, key } => match ready!(adopt.poll(cx)) {
                    // What was deleted before has been created anew: a version of its own, which
                    // is found when it is read.
                    Ok(Current::Missing) => {
                        let raise = |key| (key, Step::Raise(Effect::Unknown));
                        this.queue.extend(key.take().map(raise));
                        None
                    }
                    Ok(_) => None,
                    Err(error) => Some(error),
                },
            };
            if let Some(error) = failed {
                exchange.emit(EventKind::StoreFailed(&*error.into()));
            }
            this.stage.set(Stage::Next);
        }
    }
}
