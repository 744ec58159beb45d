pub(crate) use tower_conditional::{Current, Validators};
