use tower_layer::Layer;

use super::{member::Member, service::IncludeVersion};

/// Puts the version of a resource into its JSON for requests with `?include=version`; see the
/// [module docs](super).
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct IncludeVersionLayer {
    member: Member,
}

impl IncludeVersionLayer {
    /// The version as the member `version`.
    pub fn new() -> Self {
        Self::default()
    }

    /// The version as the member `name`, escaped where JSON wants it. The query asks for it by
    /// `include=version` all the same.
    pub fn member(mut self, name: &str) -> Self {
        self.member = Member::new(name);
        self
    }
}

impl<S> Layer<S> for IncludeVersionLayer {
    type Service = IncludeVersion<S>;

    fn layer(&self, inner: S) -> Self::Service {
        IncludeVersion::new(inner, self.member.clone())
    }
}
