//! If-Match (RFC 9110 §13.1.1): strong comparison, and a pin for the write that passes.

pub(crate) const TABLE: &str = r#"
    §13.1.1   | PUT    | 5 | -                                          | perform Any
    §13.1.1   | PUT    | 5 | If-Match: "5"                              | perform Exactly(5) by If-Match
    §13.1.1   | PATCH  | 5 | If-Match: "5"                              | perform Exactly(5) by If-Match
    §13.1.1   | DELETE | 5 | If-Match: "5"                              | perform Exactly(5) by If-Match
    §13.1.1   | POST   | 5 | If-Match: "5"                              | perform Exactly(5) by If-Match
    §13.1.1   | PUT    | 5 | If-Match: "4"                              | 412 If-Match
    §13.1.1   | PATCH  | 5 | If-Match: "4"                              | 412 If-Match
    §13.1.1   | DELETE | 5 | If-Match: "4"                              | 412 If-Match
    §13.1.1   | POST   | 5 | If-Match: "4"                              | 412 If-Match
    §13.1.1   | PUT    | 5 | If-Match: "xyzzy"                          | 412 If-Match
    §13.1.1   | PUT    | 5 | If-Match: "xyzzy", "r2d2xxxx", "c3piozzzz" | 412 If-Match
    §13.1.1   | PUT    | 5 | If-Match: "4", "5", "6"                    | perform Exactly(5) by If-Match
    §13.1.1   | PUT    | 5 | If-Match: "5", "4"                         | perform Exactly(5) by If-Match
    §13.1.1   | PUT    | 5 | If-Match: "4", "5"                         | perform Exactly(5) by If-Match
    §13.1.1   | PUT    | 5 | If-Match: "5", "5"                         | perform Exactly(5) by If-Match
    §13.1.1   | PUT    | 5 | If-Match: *                                | perform Exists by If-Match
    §13.1.1   | DELETE | 5 | If-Match: *                                | perform Exists by If-Match
    §13.1.1   | PUT    | 5 | If-Match: "*"                              | 412 If-Match
    §13.1.1   | PUT    | 5 | If-Match: "5" ⏎ If-Match: "4"              | perform Exactly(5) by If-Match
    §13.1.1   | PUT    | 5 | If-Match: "4" ⏎ If-Match: "5"              | perform Exactly(5) by If-Match
    §13.1.1   | PUT    | 5 | If-Match: "3" ⏎ If-Match: "4", "5" ⏎ If-Match: "6" | perform Exactly(5) by If-Match
    §13.1.1   | PUT    | 5 | If-Match: "3" ⏎ If-Match: "4" ⏎ If-Match: "6" | 412 If-Match
    §13.1.1   | GET    | 5 | If-Match: "5"                              | perform Exactly(5) by If-Match
    §13.1.1   | HEAD   | 5 | If-Match: "5"                              | perform Exactly(5) by If-Match
    §13.1.1   | GET    | 5 | If-Match: *                                | perform Exists by If-Match
    §13.1.1   | GET    | 5 | If-Match: "4"                              | 412 If-Match
    §13.1.1   | HEAD   | 5 | If-Match: "4"                              | 412 If-Match
    §8.8.3.2  | PUT    | 5 | If-Match: W/"5"                            | 412 If-Match
    §8.8.3.2  | GET    | 5 | If-Match: W/"5"                            | 412 If-Match
    §8.8.3.2  | PUT    | 5 | If-Match: W/"5", "4"                       | 412 If-Match
    §8.8.3.2  | PUT    | 5 | If-Match: W/"5", "5"                       | perform Exactly(5) by If-Match
    §8.8.3.2  | PUT    | 5 | If-Match: W/"4", "5"                       | perform Exactly(5) by If-Match
    rule 2    | PUT    | 5 | If-Match: "05"                             | 412 If-Match
    rule 2    | PUT    | 5 | If-Match: "+5"                             | 412 If-Match
    rule 2    | PUT    | 5 | If-Match: "-5"                             | 412 If-Match
    rule 2    | PUT    | 5 | If-Match: "5.0"                            | 412 If-Match
    rule 2    | PUT    | 5 | If-Match: "0x5"                            | 412 If-Match
    rule 2    | PUT    | 5 | If-Match: "18446744073709551621"           | 412 If-Match
    rule 2    | PUT    | 5 | If-Match: ""                               | 412 If-Match
    rule 2    | PUT    | 5 | If-Match: "55"                             | 412 If-Match
    rule 2    | PUT    | 55 | If-Match: "5"                             | 412 If-Match
    rule 2    | PUT    | 0 | If-Match: "0"                              | perform Exactly(0) by If-Match
    rule 2    | PUT    | 0 | If-Match: ""                               | 412 If-Match
    rule 2    | PUT    | 0 | If-Match: "00"                             | 412 If-Match
    rule 2    | PUT    | 0 | If-Match: "-0"                             | 412 If-Match
    rule 2    | PUT    | 255 | If-Match: "255"                          | perform Exactly(255) by If-Match
    rule 2    | PUT    | 256 | If-Match: "256"                          | perform Exactly(256) by If-Match
    rule 2    | PUT    | 256 | If-Match: "0"                            | 412 If-Match
    rule 2    | PUT    | 4294967301 | If-Match: "5"                     | 412 If-Match
    rule 2    | PUT    | 18446744073709551615 | If-Match: "18446744073709551615" | perform Exactly(18446744073709551615) by If-Match
    rule 2    | PUT    | 18446744073709551615 | If-Match: "18446744073709551616" | 412 If-Match
    rule 2    | PUT    | 18446744073709551615 | If-Match: "-1"          | 412 If-Match
    rule 3    | PUT    | 5 | If-Match:                                  | 412 If-Match
    rule 3    | DELETE | 5 | If-Match:                                  | 412 If-Match
    rule 3    | GET    | 5 | If-Match:                                  | 412 If-Match
    rule 3    | PUT    | 5 | If-Match: ,                                | 412 If-Match
    rule 3    | PUT    | 5 | If-Match: ⏎ If-Match: "5"                  | perform Exactly(5) by If-Match
    rule 3    | PUT    | 5 | If-Match: "5                               | 400 If-Match
    rule 3    | PATCH  | 5 | If-Match: 5                                | 400 If-Match
    rule 3    | DELETE | 5 | If-Match: "5                               | 400 If-Match
    rule 3    | POST   | 5 | If-Match: "5                               | 400 If-Match
    rule 3    | GET    | 5 | If-Match: "5                               | 400 If-Match
    rule 3    | HEAD   | 5 | If-Match: 5                                | 400 If-Match
    rule 3    | PUT    | 5 | If-Match: "5", bad                         | 400 If-Match
    rule 3    | PUT    | 5 | If-Match: bad, "5"                         | 400 If-Match
    rule 3    | GET    | 5 | If-Match: "5", bad                         | 400 If-Match
    rule 3    | PUT    | 5 | If-Match: "5" ⏎ If-Match: bad              | 400 If-Match
    rule 3    | PUT    | 5 | If-Match: bad ⏎ If-Match: "5"              | 400 If-Match
    §13.1.1   | PUT    | 5 | If-Match: *, "5"                           | 400 If-Match
    §13.1.1   | PUT    | 5 | If-Match: "5", *                           | 400 If-Match
    §13.1.1   | PUT    | 5 | If-Match: *, *                             | 400 If-Match
    §13.1.1   | PUT    | 5 | If-Match: * ⏎ If-Match: *                  | 400 If-Match
    §13.1.1   | PUT    | 5 | If-Match: * ⏎ If-Match: "5"                | 400 If-Match
    §13.1.1   | PUT    | 5 | If-Match: "5" ⏎ If-Match: *                | 400 If-Match
    §13.1.1   | PUT    | 5 | If-Match: *,                               | 400 If-Match
    §13.1.1   | PUT    | 5 | If-Match: ** ⏎ If-Range: "5"               | 400 If-Match
    §13.1.1   | GET    | 5 | If-Match: *, "5"                           | 400 If-Match
    §5.5      | PUT    | 5 | If-Match: ␠*␉                              | perform Exists by If-Match
    §5.5      | PUT    | 5 | If-Match: ␉"5"␠                            | perform Exactly(5) by If-Match
"#;

#[test]
fn if_match_compares_strongly_and_pins_what_it_matched() {
    crate::row::check(TABLE);
}
