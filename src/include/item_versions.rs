use std::{
    borrow::Cow,
    collections::{HashMap, hash_map::Entry},
    fmt,
    sync::Arc,
};

use crate::version::Version;

use super::{
    member::Member,
    scan::{ItemScan, Name},
};

/// In the extensions of a response: the version of each item of the list that it answers with.
///
/// The list is the array that the member `items` of the answer is, and each of its items names
/// itself by a member: [`IncludeVersionLayer`](super::IncludeVersionLayer) puts into each item
/// the version that stands here for it. By name and not by place: an item that the handler left
/// out, or put elsewhere, never gets the version of another. An item whose name stands not here,
/// stands here with two versions, or is given twice in the item, gets none.
///
/// Names are texts, or numbers as they are written in the answer. The member that names an item
/// may stand anywhere in it. With feature `axum` this stands in the handler's answer, before the
/// `Json`. An answer that has it gets no version at its top level.
///
/// ```
/// use bytes::Bytes;
/// use http::{Request, Response, header};
/// use http_body_util::{BodyExt, Full};
/// use tower::{Layer, ServiceExt, service_fn};
/// use tower_conditional::{IncludeVersionLayer, ItemVersions, Version};
///
/// # tokio_test::block_on(async {
/// let list = service_fn(|_: Request<String>| async {
///     let rows = [("m-1", 4), ("m-2", 9)]; // a query's
///     let versions = rows.map(|(id, version)| (id, Version::new(version)));
///     Response::builder()
///         .header(header::CONTENT_TYPE, "application/json")
///         .extension(ItemVersions::new("modelId", versions))
///         .body(Full::<Bytes>::from(r#"{"items":[{"modelId":"m-1"},{"modelId":"m-2"}],"next":null}"#))
/// });
/// let request = Request::get("/models?include=version").body(String::new())?;
/// let response = IncludeVersionLayer::new().layer(list).oneshot(request).await?;
/// assert_eq!(
///     response.into_body().collect().await?.to_bytes(),
///     r#"{"items":[{"modelId":"m-1","version":4},{"modelId":"m-2","version":9}],"next":null}"#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
#[must_use]
pub struct ItemVersions {
    list: Cow<'static, str>,
    id: Cow<'static, str>,
    /// `None` for a name that was given with two versions.
    versions: Arc<HashMap<Box<[u8]>, Option<Version>>>,
}

impl ItemVersions {
    /// Items that their member `id` names, and the version of each by that name.
    pub fn new<N: AsRef<str>>(
        id: impl Into<Cow<'static, str>>,
        versions: impl IntoIterator<Item = (N, Version)>,
    ) -> Self {
        let versions = versions.into_iter();
        let mut known = HashMap::with_capacity(versions.size_hint().0);
        for (name, version) in versions {
            match known.entry(name.as_ref().as_bytes().into()) {
                Entry::Vacant(entry) => {
                    entry.insert(Some(version));
                }
                Entry::Occupied(mut entry) if *entry.get() != Some(version) => {
                    entry.insert(None);
                }
                Entry::Occupied(_) => {}
            }
        }
        Self {
            list: "items".into(),
            id: id.into(),
            versions: Arc::new(known),
        }
    }

    /// The member of the answer that is the list. Default: `items`.
    pub fn list(mut self, member: impl Into<Cow<'static, str>>) -> Self {
        self.list = member.into();
        self
    }

    pub(super) fn scan(&self, member: &Member) -> ItemScan {
        let longest_id = self.versions.keys().map(|name| name.len()).max();
        ItemScan::new(
            Name::new(&self.list),
            Name::new(&self.id),
            Arc::clone(&member.name),
            longest_id.unwrap_or_default(),
        )
    }

    pub(super) fn of(&self, name: &[u8]) -> Option<Version> {
        self.versions.get(name).copied().flatten()
    }
}

impl fmt::Debug for ItemVersions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ItemVersions")
            .field("list", &self.list)
            .field("id", &self.id)
            .field("versions", &self.versions.len())
            .finish()
    }
}
