//! The laws of path keys.

use std::{
    fmt::Write,
    hash::{BuildHasher, RandomState},
};

use proptest::prelude::*;
use tower_conditional::PathKey;

/// What a router hands to handlers: the segments, each decoded. An escape that is none stands
/// for itself.
fn decoded(path: &str) -> Vec<Vec<u8>> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let decode = |segment: &str| {
        let (mut bytes, mut rest) = (Vec::new(), segment.as_bytes());
        while let [first, after @ ..] = rest {
            let escape = after
                .get(..2)
                .filter(|_| *first == b'%')
                .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
                .and_then(|digits| std::str::from_utf8(digits).ok());
            if let Some(digits) = escape {
                bytes.push(u8::from_str_radix(digits, 16).expect("two hex digits"));
                rest = &after[2..];
            } else {
                bytes.push(*first);
                rest = after;
            }
        }
        bytes
    };
    path.split('/').map(decode).collect()
}

/// Paths in which escapes, broken ones too, are frequent and collisions likely.
fn path() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "/", "/", "a", "b", "-", "%", "%2", "%2F", "%2f", "%25", "%61", "%2D", "%2d", "%3F", "?",
        "#", "%00", "%FF", "%ff", "%C3%A9", "é", " ", "%20", "\"", "2", "F", ".", "..", "=", ";",
        "0", "1",
    ]);
    prop::collection::vec(piece, 0..7).prop_map(|pieces| pieces.concat())
}

/// A path of characters that may stand raw, and the same with some of them encoded.
fn spellings() -> impl Strategy<Value = (String, String)> {
    let raw = "[A-Za-z0-9._~!$&'()*+,;=:@/-]";
    let character = proptest::string::string_regex(raw).expect("a pattern");
    prop::collection::vec((character, any::<bool>(), any::<bool>()), 0..130).prop_map(|pieces| {
        let (mut plain, mut encoded) = (String::new(), String::new());
        for (character, is_encoded, is_upper) in pieces {
            plain.push_str(&character);
            let byte = character.as_bytes()[0];
            match (is_encoded && byte != b'/', is_upper) {
                (false, _) => encoded.push_str(&character),
                (true, true) => write!(encoded, "%{byte:02X}").expect("a string"),
                (true, false) => write!(encoded, "%{byte:02x}").expect("a string"),
            }
        }
        (plain, encoded)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn encoding_what_may_stand_raw_changes_no_key((plain, encoded) in spellings()) {
        let key = PathKey::new(&encoded);
        prop_assert_eq!(key.as_str(), &plain, "the normal form is the plain one");
        prop_assert_eq!(&key, &PathKey::new(&plain));
        let state = RandomState::new();
        prop_assert_eq!(state.hash_one(&key), state.hash_one(PathKey::new(&plain)));
    }

    #[test]
    fn keys_are_equal_where_paths_decode_alike_and_nowhere_else(one in path(), other in path()) {
        let is_same = decoded(&one) == decoded(&other);
        prop_assert_eq!(PathKey::new(&one) == PathKey::new(&other), is_same, "{} {}", one, other);
    }

    #[test]
    fn a_broken_or_double_escape_is_never_mixed_up(path in path()) {
        let key = PathKey::new(&path);
        prop_assert_eq!(decoded(key.as_str()), decoded(&path));
    }

    #[test]
    fn the_normal_form_is_its_own(path in path()) {
        let key = PathKey::new(&path);
        prop_assert_eq!(PathKey::new(key.as_str()), key.clone());
        prop_assert!(key.as_bytes().iter().all(u8::is_ascii_graphic));
    }

    #[test]
    fn scoped_keys_never_collide(
        (one, other) in ("[0-9 /a%é]{0,5}", "[0-9 /a%é]{0,5}"),
        (here, there) in (path(), path()),
    ) {
        let key = PathKey::scoped(&one, &here);
        let is_same = one == other && decoded(&here) == decoded(&there);
        prop_assert_eq!(key == PathKey::scoped(&other, &there), is_same);
        prop_assert_ne!(&key, &PathKey::new(&there));
        prop_assert!(!key.as_str().is_empty());
    }

    #[test]
    fn any_text_is_a_path_and_any_text_a_scope(path in any::<String>(), scope in any::<String>()) {
        let key = PathKey::scoped(&scope, &path);
        let digits = scope.len().to_string();
        let rest = key.as_str().strip_prefix(&digits).and_then(|it| it.strip_prefix(' '));
        let rest = rest.and_then(|it| it.strip_prefix(&scope));
        let unscoped = PathKey::new(&path);
        prop_assert_eq!(rest, Some(unscoped.as_str()));
    }
}

/// Around the size that a key holds without allocation.
#[test]
fn a_key_of_any_length_is_whole() {
    for length in (0..300).chain([8 << 10]) {
        let plain = "x".repeat(length);
        assert_eq!(PathKey::new(&plain).as_str(), plain);
        // Pushed in many pieces, the last of them across the limit.
        let encoded = format!(
            "{}{}",
            "%78".repeat(length / 2),
            "x".repeat(length - length / 2)
        );
        assert_eq!(PathKey::new(&encoded).as_str(), plain);
        let spaces = "%20".repeat(length);
        assert_eq!(PathKey::new(&" ".repeat(length)).as_str(), spaces);
    }
}

#[test]
fn the_query_is_no_part_of_a_key_and_slashes_and_dots_are() {
    assert_eq!(PathKey::new("/a?b=c#d"), PathKey::new("/a"));
    assert_eq!(PathKey::new("/a#d?b"), PathKey::new("/a"));
    assert_ne!(PathKey::new("/a%3Fb"), PathKey::new("/a"));
    for other in ["/a/", "//a", "/./a", "/b/../a", "/A", "a"] {
        assert_ne!(PathKey::new(other), PathKey::new("/a"), "{other}");
    }
}
