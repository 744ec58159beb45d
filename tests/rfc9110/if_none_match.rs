//! If-None-Match (RFC 9110 §13.1.2): weak comparison, 304 for a read, 412 for a write.

pub(crate) const TABLE: &str = r#"
    §13.1.2   | GET    | 5 | -                                               | perform Any
    §13.1.2   | GET    | 5 | If-None-Match: "5"                              | 304 If-None-Match
    §13.1.2   | HEAD   | 5 | If-None-Match: "5"                              | 304 If-None-Match
    §13.1.2   | GET    | 5 | If-None-Match: W/"5"                            | 304 If-None-Match
    §13.1.2   | HEAD   | 5 | If-None-Match: W/"5"                            | 304 If-None-Match
    §13.1.2   | GET    | 5 | If-None-Match: "4"                              | perform Exactly(5) by If-None-Match
    §13.1.2   | GET    | 5 | If-None-Match: W/"4"                            | perform Exactly(5) by If-None-Match
    §13.1.2   | HEAD   | 5 | If-None-Match: "4"                              | perform Exactly(5) by If-None-Match
    §13.1.2   | GET    | 5 | If-None-Match: "xyzzy", "r2d2xxxx", "c3piozzzz" | perform Exactly(5) by If-None-Match
    §13.1.2   | GET    | 5 | If-None-Match: "4", "5", "6"                    | 304 If-None-Match
    §13.1.2   | GET    | 5 | If-None-Match: W/"4", W/"5", W/"6"              | 304 If-None-Match
    §13.1.2   | GET    | 5 | If-None-Match: "4" ⏎ If-None-Match: "5"         | 304 If-None-Match
    §13.1.2   | GET    | 5 | If-None-Match: "5" ⏎ If-None-Match: "4"         | 304 If-None-Match
    §13.1.2   | GET    | 5 | If-None-Match: "4" ⏎ If-None-Match: "6"         | perform Exactly(5) by If-None-Match
    §13.1.2   | GET    | 5 | If-None-Match: *                                | 304 If-None-Match
    §13.1.2   | HEAD   | 5 | If-None-Match: *                                | 304 If-None-Match
    §13.1.2   | GET    | 5 | If-None-Match: "*"                              | perform Exactly(5) by If-None-Match
    §13.1.2   | GET    | 5 | If-None-Match: "a,5"                            | perform Exactly(5) by If-None-Match
    §13.1.2   | GET    | 5 | If-None-Match: "a,b", "5"                       | 304 If-None-Match
    §13.1.2   | GET    | 5 | If-None-Match: "é", "5"                         | 304 If-None-Match
    §13.1.2   | PUT    | 5 | If-None-Match: *                                | 412 If-None-Match
    §13.1.2   | PATCH  | 5 | If-None-Match: *                                | 412 If-None-Match
    §13.1.2   | DELETE | 5 | If-None-Match: *                                | 412 If-None-Match
    §13.1.2   | POST   | 5 | If-None-Match: *                                | 412 If-None-Match
    §13.1.2   | PUT    | 5 | If-None-Match: "5"                              | 412 If-None-Match
    §13.1.2   | PUT    | 5 | If-None-Match: W/"5"                            | 412 If-None-Match
    §13.1.2   | DELETE | 5 | If-None-Match: "4", W/"5"                       | 412 If-None-Match
    §13.1.2   | PUT    | 5 | If-None-Match: "4"                              | perform Exactly(5) by If-None-Match
    §13.1.2   | POST   | 5 | If-None-Match: "4", "6"                         | perform Exactly(5) by If-None-Match
    §13.1.2   | PUT    | 5 | If-None-Match: "4" ⏎ If-None-Match: "5"         | 412 If-None-Match
    §13.1.2   | PUT    | 5 | If-None-Match: "4" ⏎ If-None-Match: "6"         | perform Exactly(5) by If-None-Match
    rule 2    | GET    | 5 | If-None-Match: "05"                             | perform Exactly(5) by If-None-Match
    rule 2    | GET    | 5 | If-None-Match: "+5"                             | perform Exactly(5) by If-None-Match
    rule 2    | GET    | 5 | If-None-Match: "18446744073709551621"           | perform Exactly(5) by If-None-Match
    rule 2    | GET    | 5 | If-None-Match: W/"05"                           | perform Exactly(5) by If-None-Match
    rule 2    | GET    | 5 | If-None-Match: ""                               | perform Exactly(5) by If-None-Match
    rule 2    | GET    | 18446744073709551615 | If-None-Match: "18446744073709551615" | 304 If-None-Match
    rule 3    | GET    | 5 | If-None-Match:                                  | perform Exactly(5) by If-None-Match
    rule 3    | GET    | 5 | If-None-Match: ,                                | perform Exactly(5) by If-None-Match
    rule 3    | PUT    | 5 | If-None-Match:                                  | perform Exactly(5) by If-None-Match
    rule 3    | GET    | 5 | If-None-Match: 5                                | perform Any
    rule 3    | HEAD   | 5 | If-None-Match: 5                                | perform Any
    rule 3    | GET    | 5 | If-None-Match: "5", bad                         | perform Any
    rule 3    | GET    | 5 | If-None-Match: bad, "5"                         | perform Any
    rule 3    | GET    | 5 | If-None-Match: "5" ⏎ If-None-Match: bad         | perform Any
    rule 3    | GET    | 5 | If-None-Match: bad ⏎ If-None-Match: "5"         | perform Any
    rule 3    | GET    | 5 | If-None-Match: "5                               | perform Any
    rule 3    | GET    | 5 | If-None-Match: "a b", "5"                       | perform Any
    rule 3    | PUT    | 5 | If-None-Match: 5                                | 400 If-None-Match
    rule 3    | PATCH  | 5 | If-None-Match: "4", bad                         | 400 If-None-Match
    rule 3    | DELETE | 5 | If-None-Match: bad, "5"                         | 400 If-None-Match
    rule 3    | POST   | 5 | If-None-Match: "4                               | 400 If-None-Match
    rule 3    | PUT    | 5 | If-None-Match: "4" ⏎ If-None-Match: bad         | 400 If-None-Match
    §13.1.2   | GET    | 5 | If-None-Match: *, "5"                           | perform Any
    §13.1.2   | GET    | 5 | If-None-Match: "5", *                           | perform Any
    §13.1.2   | GET    | 5 | If-None-Match: * ⏎ If-None-Match: *             | perform Any
    §13.1.2   | PUT    | 5 | If-None-Match: *, *                             | 400 If-None-Match
    §13.1.2   | PUT    | 5 | If-None-Match: * ⏎ If-None-Match: "4"           | 400 If-None-Match
    §13.1.2   | PUT    | 5 | If-None-Match: "4" ⏎ If-None-Match: *           | 400 If-None-Match
    §5.5      | GET    | 5 | If-None-Match: ␠*␠                              | 304 If-None-Match
"#;

#[test]
fn if_none_match_compares_weakly() {
    crate::row::check(TABLE);
}
