//! A target of which the store knows nothing: no tag matches, nothing is not-modified, `*` is left to the write.

pub(crate) const TABLE: &str = r#"
    §3        | PUT    | unknown | -                                                    | perform Any
    §3        | GET    | unknown | -                                                    | perform Any
    §13.1.1   | PUT    | unknown | If-Match: "5"                                        | 412 If-Match
    §13.1.1   | PATCH  | unknown | If-Match: "1"                                        | 412 If-Match
    §13.1.1   | DELETE | unknown | If-Match: "0", "1", "2"                              | 412 If-Match
    §13.1.1   | PUT    | unknown -creates | If-Match: "5"                               | 412 If-Match
    §13.1.1   | PUT    | unknown +weakened | If-Match: W/"5"                            | 412 If-Match
    §13.1.1   | PUT    | unknown | If-Match:                                            | 412 If-Match
    §13.1.1   | GET    | unknown | If-Match: "5"                                        | 412 If-Match
    §13.1.1   | HEAD   | unknown | If-Match: "5"                                        | 412 If-Match
    rule 4    | PUT    | unknown | If-Match: *                                          | perform Exists by If-Match
    rule 4    | DELETE | unknown | If-Match: *                                          | perform Exists by If-Match
    rule 4    | PUT    | unknown | If-None-Match: *                                     | perform Absent by If-None-Match
    rule 4    | POST   | unknown | If-None-Match: *                                     | perform Absent by If-None-Match
    §13.1.2   | GET    | unknown | If-None-Match: *                                     | perform Absent by If-None-Match
    §13.1.2   | GET    | unknown | If-None-Match: "5"                                   | perform Any by If-None-Match
    §13.1.2   | HEAD   | unknown | If-None-Match: W/"1"                                 | perform Any by If-None-Match
    §13.1.3   | GET    | unknown | If-Modified-Since: Tue, 01 Jan 2030 00:00:00 GMT     | perform Any
    §13.1.4   | PUT    | unknown | If-Unmodified-Since: Tue, 01 Jan 2030 00:00:00 GMT   | 412 If-Unmodified-Since
    §13.1.4   | DELETE | unknown | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT   | 412 If-Unmodified-Since
    §13.1.4   | GET    | unknown | If-Unmodified-Since: Tue, 01 Jan 2030 00:00:00 GMT   | 412 If-Unmodified-Since
    §13.1.4   | PUT    | unknown | If-Unmodified-Since: yesterday                       | perform Any
    §13.1.4   | PUT    | unknown | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT ⏎ If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT | perform Any
    §13.2.2   | PUT    | unknown | If-Match: * ⏎ If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT | perform Exists by If-Match
    §13.2.2   | PUT    | unknown | If-Match: * ⏎ If-None-Match: *                       | perform Never by If-Match
    §13.2.2   | PUT    | unknown | If-Match: * ⏎ If-None-Match: "5"                     | perform Exists by If-Match
    §13.1.2   | PUT    | unknown | If-None-Match: "5"                                   | perform Any by If-None-Match
    rule 3    | PUT    | unknown | If-Match: bad                                        | 400 If-Match
    rule 3    | PUT    | unknown | If-None-Match: bad                                   | 400 If-None-Match
    rule 3    | GET    | unknown | If-None-Match: bad                                   | perform Any
"#;

#[test]
fn an_unknown_target_matches_no_tag() {
    crate::row::check(TABLE);
}
