//! The `headers` crate as a second opinion, on input that is valid and that it reads rightly: it loses a list with one
//! byte of obs-text in it, takes an absent If-Match for an empty one, and does not look at what is between commas.

use headers::{ETag, Header, HeaderMapExt, IfMatch, IfNoneMatch};
use http::{HeaderMap, HeaderValue, Method};
use proptest::collection::vec;
use proptest::prelude::*;
use tower_conditional::precondition::{Outcome, Target, evaluate};
use tower_conditional::{EntityTag, Version};

use crate::line::{append, valid_line};

fn ascii(lines: &[Vec<u8>]) -> bool {
    lines.iter().all(|line| line.is_ascii())
}

proptest! {
    #![proptest_config(crate::cases())]

    #[test]
    fn a_tag_is_a_tag_to_both(opaque in "[!#-~]{0,12}", weak: bool) {
        let text = format!("{}\"{opaque}\"", if weak { "W/" } else { "" });
        let ours: EntityTag = text.parse().unwrap();
        let theirs: ETag = text.parse().unwrap();
        let mut encoded = Vec::new();
        theirs.encode(&mut encoded);
        prop_assert_eq!(encoded, vec![HeaderValue::from(ours)]);
    }

    #[test]
    fn if_match_passes_where_theirs_does(
        lines in prop_oneof![4 => vec(valid_line(), 1..4), 1 => Just(vec![b"*".to_vec()])].prop_filter("theirs is ASCII", |it| ascii(it)),
        version in 4..=6_u64,
    ) {
        let mut headers = HeaderMap::new();
        append(&mut headers, &http::header::IF_MATCH, &lines);
        let etag: ETag = Version::new(version).etag().to_string().parse().unwrap();
        let theirs = headers.typed_get::<IfMatch>().unwrap().precondition_passes(&etag);
        for method in [Method::GET, Method::PUT] {
            let ours = evaluate(&method, &headers, &Target::new(Version::new(version)));
            prop_assert_eq!(matches!(ours, Outcome::Perform(_)), theirs);
        }
    }

    #[test]
    fn if_none_match_passes_where_theirs_does(
        lines in prop_oneof![4 => vec(valid_line(), 1..4), 1 => Just(vec![b"*".to_vec()])].prop_filter("theirs is ASCII", |it| ascii(it)),
        version in 4..=6_u64,
    ) {
        let mut headers = HeaderMap::new();
        append(&mut headers, &http::header::IF_NONE_MATCH, &lines);
        let etag: ETag = Version::new(version).etag().to_string().parse().unwrap();
        let theirs = headers.typed_get::<IfNoneMatch>().unwrap().precondition_passes(&etag);
        for method in [Method::GET, Method::PUT] {
            let ours = evaluate(&method, &headers, &Target::new(Version::new(version)));
            prop_assert_eq!(matches!(ours, Outcome::Perform(_)), theirs);
        }
    }
}
