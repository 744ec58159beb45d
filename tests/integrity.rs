//! Canonical form and content hash, by RFC 8785's own examples and by tables of what is refused.

use tower_conditional::{
    ContentHash,
    integrity::{InvalidContentHashKind, InvalidContentKind, MAX_DEPTH, canonicalize},
};

fn canonical(document: &str) -> String {
    let bytes = canonicalize(document.as_bytes()).unwrap_or_else(|error| {
        panic!("{document:?} has a canonical form: {error}");
    });
    String::from_utf8(bytes).unwrap()
}

fn refused(document: impl AsRef<[u8]>) -> (InvalidContentKind, usize) {
    let document = document.as_ref();
    let error = canonicalize(document).expect_err(&String::from_utf8_lossy(document));
    let hash_error = ContentHash::of_json(document).unwrap_err();
    assert_eq!(
        (hash_error.kind(), hash_error.offset()),
        (error.kind(), error.offset())
    );
    (error.kind(), error.offset().unwrap())
}

/// RFC 8785 §3.2.2, the sample; its result as the bytes of §3.2.4.
#[test]
fn the_sample_of_section_3_2_2_has_the_bytes_of_section_3_2_4() {
    let sample = r#"{
  "numbers": [333333333.33333329, 1E30, 4.50,
              2e-3, 0.000000000000000000000000001],
  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
  "literals": [null, true, false]
}"#;
    let hex = "\
        7b 22 6c 69 74 65 72 61 6c 73 22 3a 5b 6e 75 6c 6c 2c 74 72 \
        75 65 2c 66 61 6c 73 65 5d 2c 22 6e 75 6d 62 65 72 73 22 3a \
        5b 33 33 33 33 33 33 33 33 33 2e 33 33 33 33 33 33 33 2c 31 \
        65 2b 33 30 2c 34 2e 35 2c 30 2e 30 30 32 2c 31 65 2d 32 37 \
        5d 2c 22 73 74 72 69 6e 67 22 3a 22 e2 82 ac 24 5c 75 30 30 \
        30 66 5c 6e 41 27 42 5c 22 5c 5c 5c 5c 5c 22 2f 22 7d";
    let bytes: Vec<u8> = hex
        .split(' ')
        .map(|byte| u8::from_str_radix(byte, 16).unwrap())
        .collect();
    assert_eq!(canonicalize(sample.as_bytes()).unwrap(), bytes);
}

/// RFC 8785 §3.2.3, the sample of member order.
#[test]
fn members_are_in_the_order_of_section_3_2_3() {
    let sample = r#"{
  "\u20ac": "Euro Sign",
  "\r": "Carriage Return",
  "\ufb33": "Hebrew Letter Dalet With Dagesh",
  "1": "One",
  "\ud83d\ude00": "Emoji: Grinning Face",
  "\u0080": "Control",
  "\u00f6": "Latin Small Letter O With Diaeresis"
}"#;
    let form = canonical(sample);
    let object: serde_json::Value = serde_json::from_str(&form).unwrap();
    let mut values: Vec<&str> = object
        .as_object()
        .unwrap()
        .values()
        .map(|value| value.as_str().unwrap())
        .collect();
    values.sort_by_key(|value| form.find(*value));
    assert_eq!(
        values,
        [
            "Carriage Return",
            "One",
            "Control",
            "Latin Small Letter O With Diaeresis",
            "Euro Sign",
            "Emoji: Grinning Face",
            "Hebrew Letter Dalet With Dagesh",
        ]
    );
}

/// RFC 8785 appendix B, the whole table of finite numbers: bits and canonical form.
const APPENDIX_B: &[(u64, &str)] = &[
    (0x0000_0000_0000_0000, "0"),
    (0x8000_0000_0000_0000, "0"),
    (0x0000_0000_0000_0001, "5e-324"),
    (0x8000_0000_0000_0001, "-5e-324"),
    (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
    (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
    (0x4340_0000_0000_0000, "9007199254740992"),
    (0xc340_0000_0000_0000, "-9007199254740992"),
    (0x4430_0000_0000_0000, "295147905179352830000"),
    (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
    (0x44b5_2d02_c7e1_4af6, "1e+23"),
    (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
    (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
    (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
    (0x444b_1ae4_d6e2_ef50, "1e+21"),
    (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
    (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
    (0x41b3_de43_5555_5553, "333333333.3333332"),
    (0x41b3_de43_5555_5554, "333333333.33333325"),
    (0x41b3_de43_5555_5555, "333333333.3333333"),
    (0x41b3_de43_5555_5556, "333333333.3333334"),
    (0x41b3_de43_5555_5557, "333333333.33333343"),
    (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
    (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
];

#[test]
fn appendix_b_holds_for_every_spelling_of_its_doubles() {
    for (bits, expected) in APPENDIX_B {
        let double = f64::from_bits(*bits);
        // All digits of the double, its shortest form with an exponent, and both with a fraction
        // that changes nothing.
        let exact = format!("{double:.1100}");
        let scientific = format!("{double:e}");
        let upper = format!("{double:.20E}");
        for spelling in [exact, scientific, upper] {
            assert_eq!(canonical(&spelling), *expected, "{spelling}");
        }
    }
}

#[cfg(feature = "json")]
#[test]
fn appendix_b_holds_for_values_and_its_nan_and_infinity_are_refused() {
    use tower_conditional::integrity::canonicalize_value;

    for (bits, expected) in APPENDIX_B {
        assert_eq!(
            canonicalize_value(&f64::from_bits(*bits)).unwrap(),
            expected.as_bytes()
        );
    }
    for bits in [0x7fff_ffff_ffff_ffff, 0x7ff0_0000_0000_0000] {
        let error = canonicalize_value(&f64::from_bits(bits)).unwrap_err();
        assert_eq!(
            (error.kind(), error.offset()),
            (InvalidContentKind::NotFinite, None)
        );
    }
}

#[test]
fn numbers_of_one_value_have_one_form() {
    let groups: &[(&str, &[&str])] = &[
        (
            "0",
            &[
                "0",
                "-0",
                "0.0",
                "-0.0",
                "0e0",
                "-0E+5",
                "0.000",
                "0e999999999999",
                "1e-400",
            ],
        ),
        (
            "1",
            &[
                "1",
                "1.0",
                "1.000",
                "1e0",
                "1E+0",
                "10e-1",
                "0.1e1",
                "1.00000000000000000001",
            ],
        ),
        ("-1", &["-1", "-1.0", "-10E-1"]),
        (
            "0.1",
            &[
                "0.1",
                "0.10",
                "1e-1",
                "0.1000000000000000055",
                "0.1000000000000000",
            ],
        ),
        ("100", &["100", "100.0", "1e2", "1.00E2"]),
        (
            "1e+21",
            &["1e21", "1000000000000000000000", "1000000000000000000000.0"],
        ),
        ("100000000000000000000", &["1e20", "100000000000000000000"]),
        ("0.000001", &["0.000001", "0.0000010", "1e-6"]),
        ("1e-7", &["0.0000001", "0.00000010", "1e-7"]),
        ("0.0000015", &["0.0000015", "0.00000150", "15e-7"]),
        ("1.5e-7", &["0.00000015", "1.5e-7"]),
        // The last literals before a double's gaps, and just past them in each spelling.
        ("999999999999999", &["999999999999999", "999999999999999.0"]),
        (
            "9007199254740991",
            &["9007199254740991", "9007199254740991.0"],
        ),
        (
            "9007199254740992",
            &[
                "9007199254740992",
                "9007199254740993.0",
                "9007199254740993e0",
                "9007199254740992.5",
            ],
        ),
        (
            "9007199254740994",
            &["9007199254740994", "9007199254740993.5"],
        ),
        ("-9007199254740994", &["-9007199254740994"]),
        // All its digits, and the short form with an exponent that a serializer gives.
        (
            "295147905179352830000",
            &["295147905179352825856", "2.9514790517935283e20"],
        ),
        (
            "18446744073709552000",
            &["18446744073709551616", "18446744073709551615.0"],
        ),
        (
            "123456.789",
            &["123456.789", "123456.789000000", "1.23456789e5"],
        ),
        (
            "0.30000000000000004",
            &["0.30000000000000004", "0.300000000000000044"],
        ),
        ("5e-324", &["5e-324", "3e-324", "4.9406564584124654e-324"]),
    ];
    for (expected, spellings) in groups {
        for spelling in *spellings {
            assert_eq!(canonical(spelling), *expected, "{spelling}");
            assert_eq!(
                canonical(&format!(" [ {spelling} ] ")),
                format!("[{expected}]")
            );
        }
    }
}

#[test]
fn an_integer_literal_that_no_double_holds_is_refused_where_it_stands() {
    let past_range = format!("1{}", "0".repeat(309));
    // Near 2^1023, and odd.
    let far = format!("{}1", &format!("{:.0}", 2f64.powi(1023))[..307]);
    for literal in [
        "9007199254740993",
        "-9007199254740993",
        "10000000000000001",
        "18446744073709551615",
        "-9223372036854775807",
        "99999999999999999999",
        // What 2^68 prints as, which is not 2^68.
        "295147905179352830000",
        &far,
    ] {
        assert_eq!(
            refused(literal),
            (InvalidContentKind::InexactInteger, 0),
            "{literal}"
        );
        let document = format!("{{\"n\": [{literal}]}}");
        assert_eq!(refused(&document), (InvalidContentKind::InexactInteger, 7));
    }
    for literal in [
        "1e400",
        "-1e400",
        "1.8e308",
        "17976931348623158e293",
        &past_range,
    ] {
        assert_eq!(
            refused(format!("[{literal}]")),
            (InvalidContentKind::OutOfRange, 1)
        );
    }
    // A long way round to an exponent that a double has.
    let spread = format!("0.{}1e400", "0".repeat(399));
    assert_eq!(canonical(&spread), "1");
}

#[test]
fn strings_have_the_fewest_escapes() {
    for (document, expected) in [
        (
            r#""\u0000\u0007\u000b\u000E\u001F""#,
            r#""\u0000\u0007\u000b\u000e\u001f""#,
        ),
        (r#""\u0008\u0009\u000A\u000c\u000d""#, r#""\b\t\n\f\r""#),
        (r#""\b\t\n\f\r\"\\""#, r#""\b\t\n\f\r\"\\""#),
        (r#""\/\u002f\u002F/""#, r#""////""#),
        (r#""\u0022\u005C""#, r#""\"\\""#),
        (r#""\u007f\u0080""#, "\"\u{7f}\u{80}\""),
        (
            r#""\u00e9\u20AC\uffff\uFFFE\uE000""#,
            "\"é€\u{ffff}\u{fffe}\u{e000}\"",
        ),
        (
            r#""\ud83d\uDE00\uD800\udc00\udbff\udfff""#,
            "\"😀\u{10000}\u{10ffff}\"",
        ),
        ("\"\u{2028}\u{feff}\"", "\"\u{2028}\u{feff}\""),
        (r#""\\u0041\\""#, r#""\\u0041\\""#),
        (r#""""#, r#""""#),
        (r#""12345678\/12345678\u0041.""#, r#""12345678/12345678A.""#),
    ] {
        assert_eq!(canonical(document), expected, "{document}");
    }
}

#[test]
fn members_sort_by_utf16_code_units_of_the_unescaped_name() {
    for (document, expected) in [
        // A surrogate pair stands before U+E000 to U+FFFF, though its UTF-8 stands after them.
        (
            "{\"\u{ffff}\":1,\"\u{10000}\":2}",
            "{\"\u{10000}\":2,\"\u{ffff}\":1}",
        ),
        (
            "{\"a\u{e000}\":1,\"a😀\":2,\"a\":3}",
            "{\"a\":3,\"a😀\":2,\"a\u{e000}\":1}",
        ),
        (
            "{\"\u{e000}\":1,\"\u{d7ff}\":2}",
            "{\"\u{d7ff}\":2,\"\u{e000}\":1}",
        ),
        // The character counts, not its escape.
        (
            r##"{"\"":1,"!":2,"\n":3,"#":4}"##,
            r##"{"\n":3,"!":2,"\"":1,"#":4}"##,
        ),
        (r#"{"\\":1,"Z":2,"]":3}"#, r#"{"Z":2,"\\":1,"]":3}"#),
        (
            r#"{"\u001f":1,"\u0010":2,"\u000f":3}"#,
            r#"{"\u000f":3,"\u0010":2,"\u001f":1}"#,
        ),
        (
            r#"{"a\u0000":1,"a":2,"a\u0000b":3}"#,
            r#"{"a":2,"a\u0000":1,"a\u0000b":3}"#,
        ),
        (r#"{"\u0062":1,"a":2}"#, r#"{"a":2,"b":1}"#),
        // A name that another one starts with, within and past eight bytes.
        (
            r#"{"":1,"a":2,"aa":3,"A":4}"#,
            r#"{"":1,"A":4,"a":2,"aa":3}"#,
        ),
        (
            r#"{"created_by":1,"created_at":2,"created_":3,"created":4}"#,
            r#"{"created":4,"created_":3,"created_at":2,"created_by":1}"#,
        ),
        (
            r#"{"12345678\n":1,"123456789":2,"12345678":3}"#,
            r#"{"12345678":3,"12345678\n":1,"123456789":2}"#,
        ),
        // Inner objects first, their bytes then move with the outer member.
        (
            r#"{ "z": {"b": [{"d": 1, "c": 2}], "a": {}}, "y": [] , "x" : {"q":1.50,"p":-0} }"#,
            r#"{"x":{"p":0,"q":1.5},"y":[],"z":{"a":{},"b":[{"c":2,"d":1}]}}"#,
        ),
    ] {
        assert_eq!(canonical(document), expected, "{document}");
    }
}

#[test]
fn a_repeated_name_is_refused_in_each_spelling_and_place() {
    for (document, offset) in [
        (r#"{"a":1,"a":1}"#, 7),
        (r#"{"a":1, "\u0061":1}"#, 8),
        (r#"{"b":0,"a":1,"b":2}"#, 13),
        (r#"{"a":0,"b":1,"a":2,"b":3}"#, 13),
        (r#"{"":0,"":1}"#, 6),
        (r#"{"\n":0,"\u000A":1}"#, 8),
        ("{\"\u{ffff}\":0,\"\\uffff\":1}", 9),
        (r#"{"😀":0,"\ud83d\ude00":1}"#, 10),
        (r#"{"/":0,"\/":1}"#, 7),
        (r#"{"a-long-name":0,"another":1,"a-long-name":2}"#, 29),
        (r#"[{"x":[{"a":1,"c":{},"a":2}]}]"#, 21),
    ] {
        assert_eq!(
            refused(document),
            (InvalidContentKind::RepeatedName, offset),
            "{document}"
        );
    }
    // Equal names in different objects are none.
    assert_eq!(
        canonical(r#"{"a":{"a":1},"b":{"a":2}}"#),
        r#"{"a":{"a":1},"b":{"a":2}}"#
    );
}

#[test]
fn what_is_no_json_is_refused_where_it_goes_wrong() {
    for (document, offset) in [
        ("", 0),
        (" \n", 2),
        ("[1,]", 3),
        ("[,1]", 1),
        ("[1 2]", 3),
        ("[1", 2),
        ("[", 1),
        ("]", 0),
        ("{", 1),
        ("{\"a\"}", 4),
        ("{\"a\":}", 5),
        ("{\"a\":1,}", 7),
        ("{\"a\":1 \"b\":2}", 7),
        ("{a:1}", 1),
        ("{1:1}", 1),
        ("{\"a\":1]", 6),
        ("[1}", 2),
        ("tru", 0),
        ("nul1", 0),
        ("True", 0),
        ("NaN", 0),
        ("01", 1),
        ("-01", 2),
        ("-", 1),
        ("+1", 0),
        (".5", 0),
        ("1.", 2),
        ("1.e5", 2),
        ("1e", 2),
        ("1e+", 3),
        ("[-a]", 2),
        ("\"abc", 4),
        ("\"a\nb\"", 2),
        ("\"a\u{1f}b\"", 2),
        ("\"\\x\"", 2),
        ("\"\\", 2),
        ("\"\\u12", 5),
        ("\"\\u12G4\"", 5),
        ("\"\\u+123\"", 3),
        ("\u{feff}1", 0),
        ("\u{a0}1", 0),
        ("/**/1", 0),
    ] {
        assert_eq!(
            refused(document),
            (InvalidContentKind::Malformed, offset),
            "{document:?}"
        );
    }
    for (document, offset) in [
        ("1 2", 2),
        ("{} ,", 3),
        ("null\0", 4),
        ("[1]]", 3),
        ("0x1", 1),
        ("truee", 4),
    ] {
        assert_eq!(
            refused(document),
            (InvalidContentKind::TrailingBytes, offset),
            "{document:?}"
        );
    }
}

#[test]
fn half_a_surrogate_pair_is_refused() {
    for (document, offset) in [
        (r#""\ud800""#, 1),
        (r#""a\uDFFF""#, 2),
        (r#""\ud83d\ud83d""#, 1),
        (r#""\ud83d\u0041""#, 1),
        (r#""\ud83dx""#, 1),
        (r#""\ude00\ud83d""#, 1),
        (r#"{"\udc00":1}"#, 2),
    ] {
        assert_eq!(
            refused(document),
            (InvalidContentKind::LoneSurrogate, offset),
            "{document}"
        );
    }
}

#[test]
fn bytes_that_are_no_utf8_are_refused() {
    for (document, offset) in [
        (&b"\"\xff\""[..], 1),
        (b"\"abcdefgh\x80ijklmnop\"", 9),
        (b"\"\xc0\xaf\"", 1),
        (b"\"\xed\xa0\x80\"", 1),
        (b"\"\xf4\x90\x80\x80\"", 1),
        (b"\"\xe2\x82\"", 1),
        (b"\"\xe2\x82\\u0041\"", 1),
        (b"{\"a\xffb\":1}", 3),
    ] {
        assert_eq!(
            refused(document),
            (InvalidContentKind::InvalidUtf8, offset),
            "{document:?}"
        );
    }
}

#[test]
fn nesting_is_bounded_and_costs_no_stack() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(canonical(&nested(MAX_DEPTH)), nested(MAX_DEPTH));
    assert_eq!(
        refused(nested(MAX_DEPTH + 1)),
        (InvalidContentKind::TooDeep, MAX_DEPTH)
    );
    let objects = "{\"a\":".repeat(1_000_000);
    assert_eq!(
        refused(objects),
        (InvalidContentKind::TooDeep, 5 * MAX_DEPTH)
    );
}

#[test]
fn an_error_says_what_and_where() {
    let error = canonicalize(br#"{"id": 9007199254740993}"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no double holds the integer exactly, at byte 7"
    );
}

/// FIPS 180-4 by another route: the digests of `{}` and of `{"a":1}` as `sha256sum` prints them.
#[test]
fn the_hash_is_sha256_of_the_canonical_form_in_lower_case_hex() {
    for (document, hash) in [
        (
            "{ }",
            "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        ),
        (
            "{\"a\": 1.0}",
            "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862",
        ),
    ] {
        let computed = ContentHash::of_json(document.as_bytes()).unwrap();
        assert_eq!(computed.to_string(), hash);
        assert_eq!(hash.parse(), Ok(computed));
        assert_eq!(ContentHash::from_bytes(*computed.as_bytes()), computed);
        assert_eq!(format!("{computed:?}"), format!("ContentHash({hash})"));
    }
}

#[test]
fn no_text_but_64_lower_case_digits_is_a_hash() {
    let hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    for (text, kind) in [
        (hash.to_uppercase(), InvalidContentHashKind::Digit),
        (hash.replace('f', "g"), InvalidContentHashKind::Digit),
        (format!("{}é", &hash[..62]), InvalidContentHashKind::Digit),
        (hash[..63].to_owned(), InvalidContentHashKind::Length),
        (format!("{hash}0"), InvalidContentHashKind::Length),
        (String::new(), InvalidContentHashKind::Length),
    ] {
        assert_eq!(
            text.parse::<ContentHash>().unwrap_err().kind(),
            kind,
            "{text}"
        );
    }
}

#[cfg(feature = "serde")]
#[test]
fn serde_takes_and_gives_the_hex_digits() {
    let hash = ContentHash::of_json(b"[]").unwrap();
    let json = serde_json::to_string(&hash).unwrap();
    assert_eq!(json, format!("\"{hash}\""));
    assert_eq!(serde_json::from_str::<ContentHash>(&json).unwrap(), hash);
    assert_eq!(
        serde_json::from_value::<ContentHash>(json[1..65].into()).unwrap(),
        hash
    );
    assert!(serde_json::from_str::<ContentHash>(&json.to_uppercase()).is_err());
    assert!(serde_json::from_str::<ContentHash>("[1]").is_err());
}
