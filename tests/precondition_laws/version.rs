//! Versions: a `u64` in every respect, and never wrapped.

use proptest::prelude::*;
use tower_conditional::{InvalidVersionKind, Version};

#[test]
fn the_ends_of_the_counter_are_ends() {
    assert_eq!(Version::FIRST.get(), 1);
    assert_eq!(Version::new(u64::MAX).next(), None);
    assert_eq!(
        Version::new(u64::MAX - 1).next(),
        Some(Version::new(u64::MAX))
    );
    assert_eq!(Version::new(0).next(), Some(Version::FIRST));
}

#[test]
fn a_signed_column_holds_half_of_the_versions() {
    let largest = i64::MAX.unsigned_abs();
    assert_eq!(Version::try_from(0_i64), Ok(Version::new(0)));
    assert_eq!(Version::try_from(i64::MAX), Ok(Version::new(largest)));
    for negative in [-1, i64::MIN] {
        assert_eq!(
            Version::try_from(negative).unwrap_err().kind(),
            InvalidVersionKind::Negative
        );
    }
    assert_eq!(i64::try_from(Version::new(0)), Ok(0));
    assert_eq!(i64::try_from(Version::new(largest)), Ok(i64::MAX));
    for large in [largest + 1, u64::MAX] {
        let error = i64::try_from(Version::new(large)).unwrap_err();
        assert_eq!(error.kind(), InvalidVersionKind::AboveI64);
    }
}

#[test]
fn only_the_canonical_form_is_a_version() {
    for text in [
        "",
        "05",
        "00",
        "+5",
        "-5",
        "-0",
        " 5",
        "5 ",
        "0x5",
        "5.0",
        "5e0",
        "five",
        "18446744073709551616",
        "٥",
    ] {
        let error = text.parse::<Version>().unwrap_err();
        assert_eq!(error.kind(), InvalidVersionKind::NotCanonical, "{text:?}");
    }
    assert_eq!("0".parse(), Ok(Version::new(0)));
    assert_eq!("18446744073709551615".parse(), Ok(Version::new(u64::MAX)));
}

#[cfg(feature = "serde")]
#[test]
fn to_serde_a_version_is_a_plain_integer() {
    for number in [0, 5, u64::MAX] {
        let version = Version::new(number);
        assert_eq!(serde_json::to_string(&version).unwrap(), number.to_string());
        assert_eq!(
            serde_json::from_str::<Version>(&number.to_string()).unwrap(),
            version
        );
    }
    for text in ["-1", "1.5", "\"5\"", "null", "18446744073709551616"] {
        assert!(serde_json::from_str::<Version>(text).is_err(), "{text}");
    }
}

proptest! {
    #![proptest_config(crate::cases())]

    #[test]
    fn a_version_is_its_number(number: u64) {
        let version = Version::new(number);
        prop_assert_eq!(version.get(), number);
        prop_assert_eq!(Version::from(number), version);
        prop_assert_eq!(u64::from(version), number);
        prop_assert_eq!(version.to_string(), number.to_string());
        prop_assert_eq!(number.to_string().parse(), Ok(version));
        prop_assert_eq!(i64::try_from(version).ok(), i64::try_from(number).ok());
    }

    #[test]
    fn a_signed_number_comes_back(number: i64) {
        match Version::try_from(number) {
            Ok(version) => prop_assert_eq!(i64::try_from(version), Ok(number)),
            Err(_) => prop_assert!(number < 0),
        }
    }

    #[test]
    fn versions_are_ordered_as_their_numbers(one: u64, other: u64) {
        prop_assert_eq!(Version::new(one).cmp(&Version::new(other)), one.cmp(&other));
    }

    #[test]
    fn the_next_version_is_later(number: u64) {
        if let Some(next) = Version::new(number).next() {
            prop_assert!(next > Version::new(number));
            prop_assert_eq!(next.get() - number, 1);
        }
    }

    #[test]
    fn a_text_that_is_taken_prints_the_same(text in "[0-9+ -]{0,21}") {
        if let Ok(version) = text.parse::<Version>() {
            prop_assert_eq!(version.to_string(), text);
        }
    }
}
