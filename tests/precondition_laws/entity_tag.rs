//! Entity-tags: parsed by §8.8.3, compared by §8.8.3.2.

use http::HeaderValue;
use proptest::collection::vec;
use proptest::prelude::*;
use tower_conditional::{EntityTag, InvalidEntityTagKind, Version};

use crate::grammar;
use crate::line::{field_byte, tag};

fn parsed(text: &[u8]) -> EntityTag {
    EntityTag::parse(text).expect("a valid tag")
}

#[test]
fn the_comparison_is_the_table_of_the_rfc() {
    // §8.8.3.2: tag 1, tag 2, strong comparison, weak comparison.
    let table = [
        ("W/\"1\"", "W/\"1\"", false, true),
        ("W/\"1\"", "W/\"2\"", false, false),
        ("W/\"1\"", "\"1\"", false, true),
        ("\"1\"", "\"1\"", true, true),
        ("\"1\"", "W/\"1\"", false, true),
        ("\"1\"", "\"2\"", false, false),
        ("\"\"", "\"\"", true, true),
        ("\"1\"", "\"01\"", false, false),
        ("\"a\"", "\"A\"", false, false),
    ];
    for (one, other, strong, weak) in table {
        let (one, other) = (parsed(one.as_bytes()), parsed(other.as_bytes()));
        assert_eq!(one.strong_eq(&other), strong, "{one} {other}");
        assert_eq!(one.weak_eq(&other), weak, "{one} {other}");
    }
}

#[test]
fn what_is_no_tag_is_refused_for_its_reason() {
    use InvalidEntityTagKind::{InvalidByte, TrailingBytes, Unquoted, Unterminated};
    let table: [(&[u8], InvalidEntityTagKind); 18] = [
        (b"", Unquoted),
        (b"5", Unquoted),
        (b"*", Unquoted),
        (b"W", Unquoted),
        (b"W/", Unquoted),
        (b"W/5", Unquoted),
        (b"w/\"5\"", Unquoted),
        (b" \"5\"", Unquoted),
        (b"\"", Unterminated),
        (b"W/\"", Unterminated),
        (b"\"5", Unterminated),
        (b"\"a b\"", InvalidByte),
        (b"\"a\x7f\"", InvalidByte),
        (b"\"a\x1f\"", InvalidByte),
        (b"\"\0\"", InvalidByte),
        (b"\"5\" ", TrailingBytes),
        (b"\"5\"\"", TrailingBytes),
        (b"\"5\", \"6\"", TrailingBytes),
    ];
    for (bytes, kind) in table {
        let error = EntityTag::parse(bytes).expect_err("no tag");
        assert_eq!(error.kind(), kind, "{bytes:?}");
    }
}

#[test]
fn each_single_byte_is_an_etagc_or_not_as_the_grammar_says() {
    for byte in 0..=u8::MAX {
        let legal = byte == 0x21 || (0x23..=0x7E).contains(&byte) || byte >= 0x80;
        assert_eq!(
            EntityTag::parse(&[b'"', byte, b'"']).is_ok(),
            legal,
            "{byte:#x}"
        );
    }
}

#[test]
fn bytes_that_are_no_text_print_as_replacement_characters() {
    assert_eq!(parsed(b"W/\"\xe9\"").to_string(), "W/\"\u{fffd}\"");
    assert_eq!(
        format!("{:>5}|{:<5}|", parsed(b"\"5\""), parsed(b"\"\"")),
        "  \"5\"|\"\"   |"
    );
}

proptest! {
    #![proptest_config(crate::cases())]

    #[test]
    fn parsing_takes_exactly_the_grammar(bytes in prop_oneof![tag(), vec(field_byte(), 0..8), vec(any::<u8>(), 0..8)]) {
        match (EntityTag::parse(&bytes), grammar::entity_tag(&bytes)) {
            (Ok(tag), Some((expected, []))) => {
                prop_assert_eq!(tag.is_weak(), expected.weak);
                prop_assert_eq!(tag.opaque(), &expected.opaque[..]);
                prop_assert_eq!(tag.as_bytes(), &bytes[..]);
            }
            (Err(_), None | Some((_, [_, ..]))) => {}
            (found, expected) => prop_assert!(false, "{found:?}, by the grammar {expected:?}"),
        }
    }

    #[test]
    fn a_tag_and_its_field_value_are_one_to_one(weak: bool, opaque in vec(prop_oneof![Just(0x21), 0x23..=0x7E_u8, 0x80..=0xFF_u8], 0..20)) {
        let prefix: &[u8] = if weak { b"W/\"" } else { b"\"" };
        let bytes = [prefix, &opaque, b"\""].concat();
        let tag = parsed(&bytes);
        prop_assert_eq!((tag.is_weak(), tag.opaque()), (weak, &opaque[..]));
        let value = HeaderValue::from(tag.clone());
        prop_assert_eq!(value.as_bytes(), &bytes[..]);
        prop_assert_eq!(EntityTag::try_from(&value), Ok(tag.clone()));
        if let Ok(text) = std::str::from_utf8(&bytes) {
            prop_assert_eq!(text.parse(), Ok(tag.clone()));
            prop_assert_eq!(tag.to_string(), text);
        }
    }

    #[test]
    fn comparison_is_by_the_bytes_between_the_quotes(one in tag(), other in tag()) {
        let same = grammar::entity_tag(&one).unwrap().0.opaque == grammar::entity_tag(&other).unwrap().0.opaque;
        let weak = one.starts_with(b"W") || other.starts_with(b"W");
        let (one, other) = (parsed(&one), parsed(&other));
        prop_assert_eq!(one.weak_eq(&other), same);
        prop_assert_eq!(one.strong_eq(&other), same && !weak);
    }

    #[test]
    fn the_tag_of_a_version_is_its_digits_in_quotes(number in prop_oneof![0..1000_u64, any::<u64>()]) {
        let tag = Version::new(number).etag();
        prop_assert_eq!(tag.to_string(), format!("\"{number}\""));
        prop_assert_eq!(tag.version(), Some(Version::new(number)));
        prop_assert_eq!(&EntityTag::from(Version::new(number)), &tag);
        prop_assert!(!tag.is_weak());
        // No other spelling is that version.
        for spelling in [format!("W/\"{number}\""), format!("\"0{number}\""), format!("\"+{number}\""), format!("\"{number}-de\"")] {
            prop_assert_eq!(parsed(spelling.as_bytes()).version(), None, "{}", spelling);
        }
    }
}

#[test]
fn the_ready_made_tags_end_where_the_others_begin() {
    for number in 0..=1100 {
        assert_eq!(
            Version::new(number).etag().as_bytes(),
            format!("\"{number}\"").as_bytes()
        );
    }
    for opaque in [
        "",
        "-1",
        "18446744073709551616",
        "18446744073709551621",
        "\u{fffd}",
        "five",
    ] {
        assert_eq!(
            parsed(format!("\"{opaque}\"").as_bytes()).version(),
            None,
            "{opaque}"
        );
    }
    assert_eq!(parsed(b"\"\xff\"").version(), None);
}
