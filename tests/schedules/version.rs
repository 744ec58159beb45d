pub(crate) use tower_conditional::Version;
