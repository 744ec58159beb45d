pub(crate) use tower_conditional::{
    Committed, VersionConflict, WritePermit, precondition::Expectation,
};
