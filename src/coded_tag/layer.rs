use std::sync::Arc;

use tower_layer::Layer;

use super::service::CodedTag;

/// Gives each content coding of a representation a tag of its own; see the
/// [module docs](super).
#[derive(Clone, Debug)]
#[must_use]
pub struct CodedTagLayer {
    codings: Arc<[&'static str]>,
}

impl CodedTagLayer {
    /// For the codings `gzip`, `br`, `deflate` and `zstd`.
    pub fn new() -> Self {
        Self::for_codings(["gzip", "br", "deflate", "zstd"])
    }

    /// For these content codings (RFC 9110 §8.4.1), by their names in lower case.
    pub fn for_codings(codings: impl IntoIterator<Item = &'static str>) -> Self {
        let codings = codings.into_iter().collect();
        Self { codings }
    }
}

impl Default for CodedTagLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for CodedTagLayer {
    type Service = CodedTag<S>;

    fn layer(&self, inner: S) -> Self::Service {
        CodedTag::new(inner, Arc::clone(&self.codings))
    }
}
